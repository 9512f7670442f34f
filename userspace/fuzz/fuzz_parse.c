// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any octets into the header parser: it reads no more than it was given, and
 * what it takes is written back the same and fits the packet.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check(const u8 *header, u32 packet_len,
		  const struct kpptp_gre_info *info)
{
	u8 again[KPPTP_GRE_LEN_MAX];
	u32 len;

	require(info->hdr_len + (u32)info->payload_len <= packet_len);
	require(info->hdr_len == 8 + 4 * info->has_seq + 4 * info->has_ack);
	require(info->has_seq || !info->payload_len);
	require(info->has_seq || !info->seq);
	require(info->has_ack || !info->ack);
	len = kpptp_gre_build(again, info->call_id, info->payload_len,
			      info->has_seq, info->seq, info->has_ack,
			      info->ack);
	require(len == info->hdr_len);
	require(!memcmp(again, header, len));
}

/* The first two octets say how much longer the packet is than what is there,
 * as with a packet whose payload is not at hand.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 linear = size < 2 ? 0 : (u32)size - 2, packet_len = linear;
	struct kpptp_gre_info info, untouched;
	u8 *block;

	if (size < 2)
		return 0;
	if (linear >= KPPTP_GRE_LEN_MAX)
		packet_len += kpptp_get_be16(data);
	block = malloc(linear ? linear : 1);
	require(block);
	memcpy(block, data + 2, linear);
	memset(&info, 0xA5, sizeof(info));
	memcpy(&untouched, &info, sizeof(info));
	if (kpptp_gre_parse(block, linear, packet_len, &info) ==
	    KPPTP_PARSE_OK)
		check(block, packet_len, &info);
	else
		require(!memcmp(&untouched, &info, sizeof(info)));
	free(block);
	return 0;
}
