// SPDX-License-Identifier: GPL-2.0-or-later
/* reload.c - reading the configuration anew, and why it was not taken */
#include <stdio.h>
#include <string.h>

#include "reload.h"
#include "start_check.h"

/* Room for the last line, which says that there are more. */
#define LAST_LINE	128

struct complaints {
	char *why;
	size_t used;
	unsigned int left_out;
};

static void on_complaint(void *arg, enum kpptp_log_level level,
			 const char *text)
{
	struct complaints *c = arg;

	kpptp_run_report(NULL, level, text);
	if (level != KPPTP_LOG_ERROR)
		return;
	if (c->used + strlen(text) + 1 >= KPPTP_RELOAD_WHY_SIZE - LAST_LINE)
		c->left_out++;
	else
		c->used += sprintf(c->why + c->used, "%s\n", text);
}

int kpptp_reload_read(const struct kpptp_run *run,
		      struct kpptp_conf_source *source, struct kpptp_conf *conf,
		      char why[KPPTP_RELOAD_WHY_SIZE])
{
	static const char stays[] = "the configuration stays as it was";
	struct complaints c = { .why = why };
	int err = kpptp_start_read(source, run->path, conf, on_complaint, &c);

	if (!err) {
		if (run->level_fixed)
			conf->global.log_level = run->conf.global.log_level;
		return 0;
	}
	if (c.left_out)
		c.used += sprintf(why + c.used,
				  "and %u more, which kpptpd --check tells\n",
				  c.left_out);
	strcpy(why + c.used, stays);
	kpptp_log(KPPTP_LOG_ERROR, "%s", stays);
	return err;
}
