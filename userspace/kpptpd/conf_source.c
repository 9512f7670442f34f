// SPDX-License-Identifier: GPL-2.0-or-later
/* conf_source.c - the files that make up a configuration, as text in memory */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_source.h"

#define FILE_MAX_OCTETS	(1u << 20)

struct kpptp_conf_source {
	struct kpptp_conf_file *files;
};

static void file_free(struct kpptp_conf_file *f)
{
	if (f->text)
		explicit_bzero(f->text, f->len);
	free(f->text);
	free(f->path);
	free(f);
}

static struct kpptp_conf_file *file_new(const char *path, size_t text_len)
{
	struct kpptp_conf_file *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->len = text_len;
	f->path = strdup(path);
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
	f = file_new(path, st.st_size);
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
	return calloc(1, sizeof(struct kpptp_conf_source));
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
