# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests and fuzzers of the control protocol: codec, state tables,
# connections and calls. They need neither root nor the module.
#
#   ctrl-tests       $(BUILD)/tests/{ctrl,conn}_*; conn_flat has no sanitised one
#   ctrl-tests-san   $(BUILD)/tests-san/{ctrl,conn}_*, with sanitisers
#   ctrl-check       builds and runs both
#   ctrl-fuzz        $(BUILD)/fuzz/fuzz_{ctrl_msg,conn}; needs clang
#   ctrl-fuzz-check  runs each fuzzer for CTRL_FUZZ_SECONDS

CTRL_NAMES := ctrl_msg ctrl_fsm conn_server conn_client conn_peers
CTRL_TESTS := $(CTRL_NAMES:%=$(BUILD)/tests/%)
CTRL_TESTS_SAN := $(CTRL_NAMES:%=$(BUILD)/tests-san/%)
CTRL_FUZZERS := $(BUILD)/fuzz/fuzz_ctrl_msg $(BUILD)/fuzz/fuzz_conn
CTRL_FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang

CTRL_SOURCES := $(addprefix $(TOP)/userspace/, \
	kpptpd/core.c kpptpd/conn.c kpptpd/call.c kpptpd/client.c \
	kpptpd/event.c kpptpd/log_bound.c lib/ctrl_msg.c lib/ctrl_fsm.c lib/hash.c)
# With the monitor, as conn_double.c has both.
CTRL_BOTH := $(CTRL_SOURCES) $(wildcard $(TOP)/userspace/kpptpd/priv*.c) \
	$(addprefix $(TOP)/userspace/, kpptpd/host_priv.c kpptpd/peers.c \
	kpptpd/proto.c kpptpd/pool.c kpptpd/conf_find.c kpptpd/prefix.c kpptpd/dial.c \
	kpptpd/lines.c kpptpd/listener.c kpptpd/sandbox.c kpptpd/self.c \
	kpptpd/spawn.c lib/call_params.c lib/valid.c)
CTRL_HEADERS := $(wildcard $(TOP)/userspace/kpptpd/*.h) \
	$(wildcard $(TOP)/userspace/lib/*.h)

# The doubles stand in for log.c, so they come before the archive.
$(CTRL_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/%.o $(OBJ)/tests/conn_double.o \
		$(DAEMON_LIB) $(COMMON_LIB)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS) -lcmocka

$(CTRL_TESTS_SAN): $(BUILD)/tests-san/%: $(OBJ_SAN)/tests/%.o \
		$(OBJ_SAN)/tests/conn_double.o $(DAEMON_LIB_SAN) \
		$(COMMON_LIB_SAN)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(ALL_LIBS) -lcmocka

# Counts the branches that the code takes, which sanitisers would add to.
$(OBJ)/count/%.o: $(TOP)/userspace/%.c $(TOP)/userspace/Makefile $(FLAGS)
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -O1 -g -fsanitize-coverage=trace-pc -MMD -MP -c -o $@ $<

-include $(wildcard $(OBJ)/count/*/*.d)

$(BUILD)/tests/conn_flat: $(OBJ)/tests/conn_flat.o $(OBJ)/tests/conn_double.o \
		$(CTRL_BOTH:$(TOP)/userspace/%.c=$(OBJ)/count/%.o)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS) -lcmocka

$(BUILD)/fuzz/fuzz_ctrl_msg: $(TOP)/userspace/fuzz/fuzz_ctrl_msg.c \
		$(CTRL_SOURCES) $(CTRL_HEADERS)
	$(call say,FUZZ)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(USER_CFLAGS) -g -O1 -fno-sanitize-recover=all \
		-fsanitize=fuzzer,address,undefined -o $@ $<

$(BUILD)/fuzz/fuzz_conn: $(TOP)/userspace/fuzz/fuzz_conn.c \
		$(CTRL_SOURCES) $(CTRL_HEADERS)
	$(call say,FUZZ)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(USER_CFLAGS) -g -O1 -fno-sanitize-recover=all \
		-fsanitize=fuzzer,address,undefined -o $@ $< $(CTRL_SOURCES) \
		-levent

.PHONY: ctrl-tests ctrl-tests-san ctrl-check ctrl-fuzz ctrl-fuzz-check
ctrl-tests: $(CTRL_TESTS) $(BUILD)/tests/conn_flat
ctrl-tests-san: $(CTRL_TESTS_SAN)
ctrl-fuzz: $(CTRL_FUZZERS)

ctrl-check: $(CTRL_TESTS) $(CTRL_TESTS_SAN) $(BUILD)/tests/conn_flat
	set -e; for test in $^; do $$test; done

ctrl-fuzz-check: $(CTRL_FUZZERS)
	set -e; for fuzzer in $^; do \
		$$fuzzer -max_total_time=$(CTRL_FUZZ_SECONDS) \
			-artifact_prefix=$(BUILD)/fuzz/; \
	done
