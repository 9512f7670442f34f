/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proto.h - what the worker knows of the configuration: what PPTP itself says
 *
 * No password, no address, no option of PPP or of the data path: of those the
 * worker names whose they are, "the server" or the number of a client, and the
 * monitor looks them up.
 */
#ifndef KPPTPD_PROTO_H
#define KPPTPD_PROTO_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

struct kpptp_conf;

/**
 * struct kpptp_proto_server - the accepting side
 * @enabled: calls of peers are taken
 * @is_null: there is no data path, for status
 * @log_level: enum kpptp_log_level; lines above it are left out
 * @host_name: Host Name of our SCCRP
 * @vendor: Vendor String of our SCCRP
 * @max_calls: calls of peers per control connection
 * @rx_window: Packet Recv. Window Size of our OCRP, packets
 * @timers: waits
 * @listen: what is listened on, for status; @n_listen of them
 */
struct kpptp_proto_server {
	bool enabled;
	bool is_null;
	uint8_t log_level;
	char host_name[KPPTP_TEXT_SIZE];
	char vendor[KPPTP_TEXT_SIZE];
	uint32_t max_calls;
	uint16_t rx_window;
	struct kpptp_timer_settings timers;
	uint32_t n_listen;
	struct sockaddr_in listen[KPPTP_MAX_LISTEN];
};

/**
 * struct kpptp_proto_client - a call to place
 * @id: its number, never used twice
 * @name: of the [client NAME] section, or as a connect request has it, or ""
 * @host: the server, for people
 * @user: the name PPP gives, for people
 * @phone_number: Phone Number of the OCRQ, or ""
 * @host_name: Host Name of our SCCRQ
 * @vendor: Vendor String of our SCCRQ
 * @framing: Framing Capabilities of our SCCRQ
 * @bearer: Bearer Capabilities of our SCCRQ
 * @firmware: Firmware Revision of our SCCRQ
 * @rx_window: Packet Recv. Window Size of our OCRQ, packets
 * @autostart: place the call as soon as it is known
 * @persist: place it again whenever it ends or fails
 * @demand: place it whenever there is traffic for it
 * @backoff_min: first wait before trying again, milliseconds, not 0
 * @backoff_max: longest wait, milliseconds
 * @connect_timeout: from the request until PPP is up, milliseconds; 0 waits as
 *	long as the steps' own timers allow
 * @timers: waits
 */
struct kpptp_proto_client {
	uint32_t id;
	char name[KPPTP_NAME_SIZE];
	char host[KPPTP_HOST_SIZE];
	char user[KPPTP_USER_SIZE];
	char phone_number[KPPTP_TEXT_SIZE];
	char host_name[KPPTP_TEXT_SIZE];
	char vendor[KPPTP_TEXT_SIZE];
	uint32_t framing;
	uint32_t bearer;
	uint16_t firmware;
	uint16_t rx_window;
	bool autostart;
	bool persist;
	bool demand;
	uint32_t backoff_min;
	uint32_t backoff_max;
	uint32_t connect_timeout;
	struct kpptp_timer_settings timers;
};

#define KPPTP_PROTO_SERVER_DEFAULTS {		\
	.host_name = "local",			\
	.vendor = "kpptp",			\
	.max_calls = 100,			\
	.rx_window = 64,			\
	.timers = KPPTP_TIMER_DEFAULTS,		\
}

/** kpptp_proto_of_server() - the worker's part of @s; listen is empty */
void kpptp_proto_of_server(const struct kpptp_server_settings *s,
			   struct kpptp_proto_server *out);

/** kpptp_proto_of_client() - the worker's part of @c, as number @id */
void kpptp_proto_of_client(const struct kpptp_client_settings *c, uint32_t id,
			   struct kpptp_proto_client *out);

#endif
