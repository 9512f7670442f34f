# SPDX-License-Identifier: GPL-2.0-or-later
#
# Tests of kpptp(8). They need neither root, nor the module, nor a daemon: the
# kernel is cli_kernel.c, the daemon cli_server.c.
#
#   cli-tests       $(BUILD)/tests/cli_*
#   cli-tests-san   $(BUILD)/tests-san/cli_*, with sanitisers
#   cli-check       builds and runs both

CLI_NAMES := cli_output cli_doctor cli_firewall cli_verbs
CLI_TESTS := $(CLI_NAMES:%=$(BUILD)/tests/%)
CLI_TESTS_SAN := $(CLI_NAMES:%=$(BUILD)/tests-san/%)

# All of the program but main().
CLI_PARTS := $(filter-out %/kpptp/kpptp.c,$(CLI_SRCS))
CLI_WRAP := $(foreach f,open close why call_get call_dump stats_get subscribe \
	event_read,-Wl,--wrap=kpptp_nl_$(f))

# Tests of parts of the program, which need nothing else.
CLI_PART_TESTS := cli_output cli_doctor cli_firewall

$(CLI_PART_TESTS:%=$(BUILD)/tests/%): $(BUILD)/tests/%: $(OBJ)/tests/%.o \
		$(call objects,$(OBJ),$(CLI_PARTS)) $(PURE_OBJ) $(COMMON_LIB)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $^ $(ALL_LIBS) -lcmocka

$(CLI_PART_TESTS:%=$(BUILD)/tests-san/%): $(BUILD)/tests-san/%: \
		$(OBJ_SAN)/tests/%.o \
		$(call objects,$(OBJ_SAN),$(CLI_PARTS)) $(PURE_OBJ_SAN) $(COMMON_LIB_SAN)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) -o $@ $^ $(ALL_LIBS) -lcmocka

# The program with the kernel of the tests, which cli_verbs runs. It is no test
# itself, so it does not lie among them.
$(BUILD)/tests/cli/kpptp: $(call objects,$(OBJ),$(CLI_SRCS)) \
		$(OBJ)/tests/cli_kernel.o $(PURE_OBJ) $(COMMON_LIB)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie $(CLI_WRAP) -o $@ $^ $(ALL_LIBS)

$(BUILD)/tests-san/cli/kpptp: $(call objects,$(OBJ_SAN),$(CLI_SRCS)) \
		$(OBJ_SAN)/tests/cli_kernel.o $(PURE_OBJ_SAN) $(COMMON_LIB_SAN)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(CLI_WRAP) -o $@ $^ $(ALL_LIBS)

$(OBJ)/tests/cli_verbs.o $(OBJ_SAN)/tests/cli_verbs.o: USER_CFLAGS += \
	-DKPPTP_SCHEMA='"$(TOP)/Documentation/json-schema/kpptp.json"'

$(BUILD)/tests/cli_verbs: $(OBJ)/tests/cli_verbs.o $(OBJ)/tests/cli_server.o \
		$(OBJ)/tests/json_schema.o \
		$(BUILD)/tests/cli/kpptp
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie -o $@ $(filter %.o,$^) -ljson-c -lcmocka -pthread

$(BUILD)/tests-san/cli_verbs: $(OBJ_SAN)/tests/cli_verbs.o \
		$(OBJ_SAN)/tests/cli_server.o $(OBJ_SAN)/tests/json_schema.o \
		$(BUILD)/tests-san/cli/kpptp
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) -o $@ $(filter %.o,$^) -ljson-c -lcmocka -pthread

.PHONY: cli-tests cli-tests-san cli-check
cli-tests: $(CLI_TESTS)
cli-tests-san: $(CLI_TESTS_SAN)

cli-check: $(CLI_TESTS) $(CLI_TESTS_SAN)
	set -e; for test in $^; do timeout 120 $$test; done
