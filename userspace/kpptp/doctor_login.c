// SPDX-License-Identifier: GPL-2.0-or-later
/* doctor_login.c - the log-in, as only a real call can tell: kpptpd places it */
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client.h"
#include "connect.h"
#include "doctor.h"

#define LOGIN_FACTOR	6	/* PPP asks many times and waits between */
#define GRACE_MS	10000	/* for the daemon to give up first */
#define ENDING_MS	30000

static void put(struct json_object *o, const char *key, const char *text)
{
	if (text)
		json_object_object_add(o, key, json_object_new_string(text));
}

static struct json_object *make_request(const struct kpptp_facts *facts,
					const struct kpptp_doctor_login *login)
{
	struct json_object *o = json_object_new_object();

	put(o, "cmd", "connect");
	put(o, "host", facts->host);
	json_object_object_add(o, "port", json_object_new_int(facts->port));
	put(o, "user", login->user);
	put(o, "password", login->password);
	put(o, "auth", login->auth);
	put(o, "mppe", login->mppe);
	json_object_object_add(o, "mtu", json_object_new_int64(facts->mtu));
	json_object_object_add(o, "wait", json_object_new_boolean(1));
	json_object_object_add(o, "timeout",
		json_object_new_int64(facts->seconds * LOGIN_FACTOR));
	return o;
}

/* Events come before the answer. Return: as kpptp_client_read(). */
static int read_answer(struct kpptp_client *client, unsigned int ms,
		       struct json_object **answer)
{
	int err;

	for (;;) {
		err = kpptp_client_read(client, ms, answer);
		if (err || !json_object_object_get_ex(*answer, "event", NULL))
			return err;
		json_object_put(*answer);
	}
}

static const char *text_of(struct json_object *call, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(call, key, &value);
	return value ? json_object_get_string(value) : "";
}

/* It is up, which was all we wanted to know. */
static void end(struct json_object *call, const char *socket)
{
	struct json_object *o = json_object_new_object(), *answer = NULL;
	struct kpptp_client client;

	put(o, "cmd", "disconnect");
	put(o, "call", text_of(call, "interface"));
	if (!kpptp_client_open(&client, socket) &&
	    !kpptp_client_ask(&client, o, ENDING_MS, &answer))
		json_object_put(answer);
	kpptp_client_close(&client);
	json_object_put(o);
}

static void take_answer(struct kpptp_facts *facts, struct json_object *answer,
			const char *socket)
{
	struct json_object *call = NULL;

	json_object_object_get_ex(answer, "call", &call);
	facts->login = KPPTP_LOGIN_OK;
	snprintf(facts->login_why, sizeof(facts->login_why),
		 "the link came up with address %s, and was ended again",
		 text_of(call, "local_ip"));
	end(call, socket);
}

void kpptp_doctor_log_in(struct kpptp_facts *facts,
			 const struct kpptp_doctor_login *login)
{
	struct json_object *request = make_request(facts, login);
	struct json_object *answer = NULL;
	struct kpptp_client client;
	int err = kpptp_client_open(&client, login->socket);

	client.stop = &kpptp_interrupted;
	if (!err)
		err = kpptp_client_send(&client, request);
	if (!err)
		err = read_answer(&client, facts->seconds * LOGIN_FACTOR * 1000 +
				  GRACE_MS, &answer);
	if (!err)
		err = kpptp_client_check(&client, answer);
	if (err) {
		facts->login = KPPTP_LOGIN_FAILED;
		snprintf(facts->login_why, sizeof(facts->login_why), "%.*s",
			 KPPTP_DOCTOR_WHY - 1, client.why);
	} else {
		take_answer(facts, answer, login->socket);
	}
	json_object_put(answer);
	kpptp_client_close(&client);
	json_object_put(request);
}
