// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets into the framer and the decoder. What decodes must print, must
 * encode to the same length, and what that gives must decode to the same
 * values.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/ctrl_msg.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const uint8_t *data, size_t len)
{
	struct kpptp_ctrl_msg msg, again;
	uint8_t buf[KPPTP_CTRL_MAX];
	char line[256];

	if (kpptp_ctrl_decode(data, len, &msg) != KPPTP_CTRL_OK)
		abort();
	kpptp_ctrl_print(&msg, line, sizeof(line));
	if (kpptp_ctrl_encode(&msg, buf) != len)
		abort();
	if (kpptp_ctrl_decode(buf, len, &again) != KPPTP_CTRL_OK)
		abort();
	if (memcmp(&msg, &again, sizeof(msg)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;

	while (kpptp_ctrl_frame(data, size, &len) == KPPTP_CTRL_OK) {
		check_message(data, len);
		data += len;
		size -= len;
	}
	return 0;
}
