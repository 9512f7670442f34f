// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_source.c - the files that make up a configuration, as text in memory */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_source.h"

#define FILE_MAX_OCTETS	(1u << 20)
#define PATH_MAX_OCTETS	4096u

struct kpptp_conf_source {
	bool disk;
	struct kpptp_conf_file *files;
};

/* One file in the memory file; path and text follow. */
struct record {
	uint32_t path_len;
	uint32_t text_len;
	uint32_t mode;
};

static void file_free(struct kpptp_conf_file *f)
{
	if (f->text)
		explicit_bzero(f->text, f->len);
	free(f->text);
	free(f->path);
	free(f);
}

static struct kpptp_conf_file *file_new(const char *path, size_t path_len,
					size_t text_len)
{
	struct kpptp_conf_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->len = text_len;
	f->path = strndup(path, path_len);
	f->text = calloc(1, text_len + 1);
	if (f->path && f->text)
		return f;
	file_free(f);
	return NULL;
}

static int read_all(int fd, void *buf, size_t len)
{
	size_t got = 0;
	ssize_t n;

	while (got < len) {
		n = read(fd, (char *)buf + got, len - got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -ENODATA;
		got += n;
	}
	return 0;
}

static int write_all(int fd, const void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = write(fd, (const char *)buf + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

/* Reads an open file; a file that grows meanwhile is cut where it was. */
static int file_load(int fd, const char *path, struct kpptp_conf_file **out)
{
	struct kpptp_conf_file *f;
	struct stat st;
	int err;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size > FILE_MAX_OCTETS)
		return -EFBIG;
	f = file_new(path, strlen(path), st.st_size);
	if (!f)
		return -ENOMEM;
	f->mode = st.st_mode & 07777;
	err = read_all(fd, f->text, f->len);
	if (err) {
		file_free(f);
		return err;
	}
	*out = f;
	return 0;
}

int kpptp_conf_source_get(struct kpptp_conf_source *source, const char *path,
			  const struct kpptp_conf_file **out)
{
	struct kpptp_conf_file **link = &source->files;
	int fd, err;

	for (; *link; link = &(*link)->next) {
		if (strcmp((*link)->path, path))
			continue;
		*out = *link;
		return 0;
	}
	if (!source->disk)
		return -ENOENT;
	/* Not to block on a FIFO; file_load() refuses it then. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = file_load(fd, path, link);
	close(fd);
	*out = *link;
	return err;
}

struct kpptp_conf_source *kpptp_conf_source_disk(void)
{
	struct kpptp_conf_source *source = calloc(1, sizeof(*source));

	if (source)
		source->disk = true;
	return source;
}

static int record_load(int fd, struct kpptp_conf_file **out)
{
	struct kpptp_conf_file *f;
	char path[PATH_MAX_OCTETS];
	struct record r;
	int err;

	err = read_all(fd, &r, sizeof(r));
	if (err)
		return err;
	if (r.path_len > sizeof(path) || r.text_len > FILE_MAX_OCTETS)
		return -EBADMSG;
	err = read_all(fd, path, r.path_len);
	if (err)
		return err;
	f = file_new(path, r.path_len, r.text_len);
	if (!f)
		return -ENOMEM;
	f->mode = r.mode;
	err = read_all(fd, f->text, f->len);
	if (err) {
		file_free(f);
		return err;
	}
	*out = f;
	return 0;
}

struct kpptp_conf_source *kpptp_conf_source_fd(int fd)
{
	struct kpptp_conf_source *source = calloc(1, sizeof(*source));
	struct kpptp_conf_file **link;
	int err = 0;

	if (!source || lseek(fd, 0, SEEK_SET) < 0) {
		free(source);
		return NULL;
	}
	for (link = &source->files; !err; link = &(*link)->next) {
		err = record_load(fd, link);
		if (err)
			break;
	}
	if (err == -ENODATA)
		return source;
	kpptp_conf_source_free(source);
	errno = -err;
	return NULL;
}

static int record_save(int fd, const struct kpptp_conf_file *f)
{
	struct record r = {
		.path_len = strlen(f->path),
		.text_len = f->len,
		.mode = f->mode,
	};
	int err = write_all(fd, &r, sizeof(r));

	if (!err)
		err = write_all(fd, f->path, r.path_len);
	if (!err)
		err = write_all(fd, f->text, r.text_len);
	return err;
}

int kpptp_conf_source_to_fd(const struct kpptp_conf_source *source)
{
	int fd = memfd_create("kpptpd.conf", MFD_CLOEXEC), err = 0;
	const struct kpptp_conf_file *f;

	if (fd < 0)
		return -errno;
	for (f = source->files; f && !err; f = f->next)
		err = record_save(fd, f);
	if (!err)
		return fd;
	close(fd);
	return err;
}

void kpptp_conf_source_free(struct kpptp_conf_source *source)
{
	struct kpptp_conf_file *f, *next;

	if (!source)
		return;
	for (f = source->files; f; f = next) {
		next = f->next;
		file_free(f);
	}
	free(source);
}
