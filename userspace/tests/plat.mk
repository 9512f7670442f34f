# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests of what surrounds the protocol: configuration, pool, privilege
# separation, netlink attributes, control socket; and the daemon as a whole.

PLAT_NAMES := plat_conf plat_prefix plat_hash plat_pool plat_priv plat_nl plat_ctl plat_pppd \
	plat_listener plat_log plat_start plat_spawn plat_sandbox plat_call_params plat_valid plat_words
PLAT_TESTS := $(PLAT_NAMES:%=$(BUILD)/tests/%)
PLAT_TESTS_SAN := $(PLAT_NAMES:%=$(BUILD)/tests-san/%)

# What plat_call_params looks at instead of the kernel, and the tree whose
# documentation and example are read.
PARAMS_WRAP := $(foreach f,genl_ctrl_resolve nl_send_auto nl_recvmsgs,-Wl,--wrap=$(f))
$(BUILD)/tests/plat_call_params $(BUILD)/tests-san/plat_call_params: \
	WRAP := $(PARAMS_WRAP)
$(foreach o,$(OBJ) $(OBJ_SAN),$(o)/tests/plat_conf.o $(o)/tests/plat_call_params.o): \
	USER_CFLAGS += -DTOP='"$(TOP)"'

$(PLAT_TESTS): $(BUILD)/tests/%: $(OBJ)/tests/%.o $(DAEMON_LIB) $(COMMON_LIB)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) -pie $(WRAP) -o $@ $^ $(ALL_LIBS) -lcmocka

$(PLAT_TESTS_SAN): $(BUILD)/tests-san/%: $(OBJ_SAN)/tests/%.o \
		$(DAEMON_LIB_SAN) $(COMMON_LIB_SAN)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SANITIZE) $(WRAP) -o $@ $^ $(ALL_LIBS) -lcmocka

# A part of the plugin that needs no pppd.
$(BUILD)/tests/plat_words: $(OBJ)/pppd/words.o
$(BUILD)/tests-san/plat_words: $(OBJ_SAN)/pppd/words.o

# What plat_plugin.sh loads into pppd beside the plugin.
PPPD_HELPERS := $(BUILD)/tests/pppd/noppp.so $(BUILD)/tests/pppd/plugin_other.so

# It has functions of libc, which fortifying would make macros of.
$(PPPD_HELPERS): $(BUILD)/tests/pppd/%.so: $(TOP)/userspace/tests/%.c $(FLAGS)
	$(call say,LD)
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE $(WARNINGS) -O1 -U_FORTIFY_SOURCE -fPIC -shared -o $@ $< -ldl

.PHONY: plat-tests plat-tests-san plat-check
plat-tests: $(PLAT_TESTS) $(PPPD_HELPERS) $(BUILD)/bin/kpptpd $(BUILD)/lib/kpptp.so
plat-tests-san: $(PLAT_TESTS_SAN) $(BUILD)/tests-san/kpptpd

plat-check: plat-tests plat-tests-san
	set -e; for test in $(PLAT_TESTS) $(PLAT_TESTS_SAN); do $$test; done
	set -e; for test in daemon notify background dns; do \
		KPPTPD=$(BUILD)/tests-san/kpptpd $(TOP)/userspace/tests/plat_$$test.sh; \
	done
	PLUGIN=$(BUILD)/lib/kpptp.so HELPERS=$(BUILD)/tests/pppd $(TOP)/userspace/tests/plat_plugin.sh
