// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parameters of a call, row by row of their table: from the configuration file
 * to the netlink message that would be sent, and what the manual says of them.
 */
#include "plat_test.h"

#include <errno.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <strings.h>
#include <unistd.h>

#include <linux/kpptp.h>

#include "../kpptpd/conf.h"
#include "../kpptpd/dataplane_impl.h"
#include "../lib/call_params.h"
#include "other_params.h"

#define MANUAL	TOP "/Documentation/man/kpptpd.conf.5"
#define GUIDE	TOP "/Documentation/user-guide.md"
#define EXAMPLE	TOP "/packaging/kpptpd.conf.example"

/* --------------------------------------- a kernel that keeps what it is sent */

static struct nl_msg *sent;

int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name);
int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *msg);
int __wrap_nl_recvmsgs(struct nl_sock *sock, struct nl_cb *cb);

int __wrap_genl_ctrl_resolve(struct nl_sock *sock, const char *name)
{
	(void)sock;
	(void)name;
	return 42;
}

int __wrap_nl_send_auto(struct nl_sock *sock, struct nl_msg *msg)
{
	(void)sock;
	nlmsg_get(msg);
	sent = msg;
	return 0;
}

int __wrap_nl_recvmsgs(struct nl_sock *sock, struct nl_cb *cb)
{
	(void)sock;
	(void)cb;
	return -NLE_AGAIN;
}

static void on_done(void *arg, int err, uint16_t call_id, const char *why)
{
	(void)arg;
	(void)call_id;
	(void)why;
	assert_int_equal(err, -EIO);	/* nobody answers */
}

/* What the kernel is sent for @params; the caller frees @sent. */
static void make_call(const struct kpptp_call_params *params)
{
	struct kpptp_dp_call call = { .params = *params };
	struct kpptp_dataplane *dp;

	assert_int_equal(kpptp_dataplane_nl_new(&dp), 0);
	sent = NULL;
	assert_int_equal(dp->ops->call_new(dp, &call, on_done, NULL), 0);
	assert_non_null(sent);
	dp->ops->free(dp);
}

/* Value of an attribute of @size octets, which must be there. */
static uint32_t sent_value(int attr, unsigned int size)
{
	struct nlattr *nla = nlmsg_find_attr(nlmsg_hdr(sent), GENL_HDRLEN, attr);

	if (!nla)
		fail_msg("attribute %d is not sent", attr);
	assert_int_equal(nla_len(nla), size);
	return size == 1 ? nla_get_u8(nla) : size == 2 ? nla_get_u16(nla) :
							 nla_get_u32(nla);
}

/* ------------------------------------------------------------------- files */

static char path[] = "/tmp/kpptp-params-XXXXXX";

static void hear(void *arg, enum kpptp_log_level level, const char *text)
{
	(void)arg;
	(void)level;
	print_message("%s\n", text);
}

static int parse(const char *text, struct kpptp_conf *conf)
{
	struct kpptp_conf_source *source = kpptp_conf_source_disk();
	FILE *f = fopen(path, "w");
	int err;

	fputs(text, f);
	fclose(f);
	err = kpptp_conf_parse(source, path, conf, hear, NULL);
	kpptp_conf_source_free(source);
	return err;
}

/* How @row of @params is written in a file. */
static const char *written(const struct kpptp_call_param *row,
			   const struct kpptp_call_params *params, char *buf,
			   size_t size)
{
	const uint32_t n = kpptp_call_param_get(params, row);

	if (row->type == KPPTP_PARAM_DEVICE)
		snprintf(buf, size, "%s", params->device);
	else if (row->word && n == row->word_value)
		snprintf(buf, size, "%s", row->word);
	else if (row->type == KPPTP_PARAM_NUMBER)
		snprintf(buf, size, "%u", n / row->scale);
	else
		snprintf(buf, size, "%s", n ? "yes" : "no");
	return buf;
}

static struct kpptp_call_params defaults(void)
{
	struct kpptp_call_params params;

	kpptp_call_params_init(&params);
	return params;
}

/* ------------------------------------------------------------------- tests */

/* No member without a row: they fill the structure, and none lies on another. */
static void table_is_complete(void **state)
{
	unsigned char hit[sizeof(struct kpptp_call_params)] = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < kpptp_call_param_count; i++) {
		const struct kpptp_call_param *row = &kpptp_call_param[i];
		size_t size = row->type == KPPTP_PARAM_DEVICE ? IFNAMSIZ :
							sizeof(uint32_t);

		for (k = 0; k < size; k++)
			hit[row->offset + k]++;
	}
	for (k = 0; k < sizeof(hit); k++)
		if (hit[k] != 1)
			fail_msg("octet %zu has %u rows", k, hit[k]);
}

/* tx-window decides between the peer's window and none: see conn_server. */
static bool has_attribute(const struct kpptp_call_param *row)
{
	if (row->attr)
		return true;
	assert_int_equal(row->offset,
			 offsetof(struct kpptp_call_params, use_tx_window));
	return false;
}

static void one_round_trip(const struct kpptp_call_param *row)
{
	struct kpptp_call_params other = defaults(), usual = defaults();
	char value[32], text[256];
	struct kpptp_conf conf;
	uint32_t want;

	other_params(&other);
	want = row->type == KPPTP_PARAM_DEVICE ? if_nametoindex("lo") :
					kpptp_call_param_get(&other, row);
	snprintf(text, sizeof(text),
		 "[call]\n%s = %s\n[client x]\nserver = h\n", row->key,
		 written(row, &other, value, sizeof(value)));
	if (parse(text, &conf))
		fail_msg("refused: %s", text);
	assert_memory_equal(&conf.server.call, &conf.call, sizeof(conf.call));
	assert_memory_equal(&conf.client[0].call, &conf.call,
			    sizeof(conf.call));
	if (!memcmp(&conf.call, &usual, sizeof(usual)))
		fail_msg("%s = %s changes nothing", row->key, value);
	make_call(&conf.call);
	if (has_attribute(row))
		assert_int_equal(sent_value(row->attr, row->attr_size), want);
	else
		assert_int_equal(kpptp_call_param_get(&conf.call, row), want);
	nlmsg_free(sent);
	kpptp_conf_free(&conf);
}

static void file_to_kernel(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < kpptp_call_param_count; i++)
		one_round_trip(&kpptp_call_param[i]);
}

/* What is not in the file is sent all the same: the kernel's default is not ours. */
static void defaults_are_sent(void **state)
{
	struct kpptp_call_params usual = defaults();
	size_t i;

	(void)state;
	assert_null(kpptp_call_params_check(&usual));
	make_call(&usual);
	for (i = 0; i < kpptp_call_param_count; i++) {
		const struct kpptp_call_param *row = &kpptp_call_param[i];

		if (has_attribute(row))
			assert_int_equal(sent_value(row->attr, row->attr_size),
					 row->init);
	}
	nlmsg_free(sent);
}

static void check_number(const struct kpptp_call_param *row)
{
	struct kpptp_call_params params = defaults();
	uint32_t *n = kpptp_call_param_number(&params, row);

	*n = row->max;
	assert_null(kpptp_call_params_check(&params));
	*n = row->min;
	assert_null(kpptp_call_params_check(&params));
	if (row->max < UINT32_MAX) {
		*n = row->max + 1;
		assert_string_equal(kpptp_call_params_check(&params), row->key);
	}
	if (row->min) {
		*n = row->min - 1;
		assert_string_equal(kpptp_call_params_check(&params), row->key);
	}
	if (row->step) {
		*n = row->max - 1;
		assert_string_equal(kpptp_call_params_check(&params), row->key);
	}
}

static void ranges_are_checked(void **state)
{
	struct kpptp_call_params params = defaults();
	size_t i;

	(void)state;
	for (i = 0; i < kpptp_call_param_count; i++)
		if (kpptp_call_param[i].type != KPPTP_PARAM_DEVICE)
			check_number(&kpptp_call_param[i]);
	memset(params.device, 'x', sizeof(params.device));
	assert_string_equal(kpptp_call_params_check(&params), "device");
	strcpy(params.device, "../x");
	assert_string_equal(kpptp_call_params_check(&params), "device");
	other_params(&params);
	assert_null(kpptp_call_params_check(&params));
}

/* ---------------------------------------------------------- documentation */

static char *load(const char *file)
{
	FILE *f = fopen(file, "r");
	char *text = calloc(1, 1 << 17);

	assert_non_null(f);
	assert_true(fread(text, 1, (1 << 17) - 1, f) > 0);
	fclose(f);
	return text;
}

/* Is @text, up to a blank or the end of the line, the default of @row? */
static bool is_default(const struct kpptp_call_param *row, const char *text)
{
	struct kpptp_call_params usual = defaults(), params = defaults();
	const char *why;
	char value[32];

	other_params(&params);
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(text, " \n"), text);
	if (row->type == KPPTP_PARAM_WORD)
		return true;	/* the default is one of the other row's */
	return !kpptp_call_params_read(&params, row->key, value, &why) &&
	       kpptp_call_param_get(&params, row) ==
	       kpptp_call_param_get(&usual, row);
}

/* ".It Cm KEY Ar UNIT Pq DEFAULT", then what it is, with the largest number. */
static void manual_has(const char *manual, const struct kpptp_call_param *row)
{
	const char *unit = row->type == KPPTP_PARAM_SWITCH ? "switch" :
			   row->type == KPPTP_PARAM_DEVICE ? "name" :
			   row->unit ? row->unit : "";
	char head[64], largest[32];
	const char *item, *line, *end;

	snprintf(head, sizeof(head), "\n.It Cm %s Ar %s", row->key, unit);
	item = strstr(manual, head);
	if (!item) {
		fail_msg("the manual has no \"%s\"", head + 1);
		return;
	}
	line = strstr(item + 1, " Pq ");
	end = strchr(item + 1, '\n');
	if (row->type == KPPTP_PARAM_DEVICE)
		assert_true(line > end);
	else if (line > end || !is_default(row, line + 4))
		fail_msg("the manual has another default of %s", row->key);
	if (row->word && !strstr(item, row->word))
		fail_msg("the manual does not know %s = %s", row->key, row->word);
	snprintf(largest, sizeof(largest), row->max == UINT32_MAX ? "0x%x" : "%u",
		 row->type == KPPTP_PARAM_NUMBER ? row->max / row->scale : 0);
	line = strstr(end, largest);
	if (row->type == KPPTP_PARAM_NUMBER &&
	    (!line || line > strstr(end, "\n.It ")))
		fail_msg("the manual does not say that %s goes up to %s",
			 row->key, largest);
}

/* "| `KEY` | DEFAULT |", and "#KEY = DEFAULT" */
static void has_default(const char *text, const char *format, const char *file,
			const struct kpptp_call_param *row)
{
	char head[64];
	const char *found;

	snprintf(head, sizeof(head), format, row->key);
	found = strstr(text, head);
	if (!found || (row->type != KPPTP_PARAM_DEVICE &&
		       !is_default(row, found + strlen(head))))
		fail_msg("%s has not the default of %s", file, row->key);
}

static void documentation(void **state)
{
	char *manual = load(MANUAL), *guide = load(GUIDE);
	char *example = load(EXAMPLE);
	size_t i;

	(void)state;
	for (i = 0; i < kpptp_call_param_count; i++) {
		const struct kpptp_call_param *row = &kpptp_call_param[i];

		if (row->type != KPPTP_PARAM_WORD)
			manual_has(manual, row);
		has_default(guide, "\n| `%s` | ", "the user guide", row);
		has_default(example, "\n#%s = ", "the example", row);
	}
	free(manual);
	free(guide);
	free(example);
}

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	close(fd);
	return fd < 0;
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_complete),
		cmocka_unit_test(file_to_kernel),
		cmocka_unit_test(defaults_are_sent),
		cmocka_unit_test(ranges_are_checked),
		cmocka_unit_test(documentation),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
