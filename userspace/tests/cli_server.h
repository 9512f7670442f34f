/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A control socket for kpptp(8) to talk to in tests. */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

struct json_object;

/**
 * struct cli_reply - what the server does when it reads a request
 * @cmd: whose "cmd" is this; NULL ends a table
 * @text: sent as it is, lines with their newlines
 * @piecemeal: in pieces of a few octets
 * @hang: stay connected afterwards, until the client closes
 */
struct cli_reply {
	const char *cmd;
	const char *text;
	int piecemeal;
	int hang;
};

/**
 * cli_server_start() - listen in a directory of its own and answer
 * @replies: must stay until cli_server_stop()
 */
void cli_server_start(const struct cli_reply *replies);

/** cli_server_stop() - end it; the socket is gone */
void cli_server_stop(void);

/** cli_server_path() - the socket, also when nobody listens */
const char *cli_server_path(void);

/** cli_server_request() - request number @n since the start, or NULL */
struct json_object *cli_server_request(unsigned int n);

/** cli_server_wait() - until @n replies have been sent, for 10 s at the most */
void cli_server_wait(unsigned int n);

#endif
