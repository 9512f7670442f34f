// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plugin_other.c - a plugin of pppd that chooses the peer's address, as radius.so
 * does, and allows that one only
 */
#include "../pppd/compat.h"

#include <arpa/inet.h>

#define ADDRESS	"10.0.0.7"

char pppd_version[] = KPPTP_PPPD_VERSION;

static void choose(uint32_t *address)
{
	*address = inet_addr(ADDRESS);
}

static int is_allowed(uint32_t address)
{
	return address == inet_addr(ADDRESS);
}

void plugin_init(void);
void plugin_init(void)
{
	ip_choose_hook = choose;
	allowed_address_hook = is_allowed;
}
