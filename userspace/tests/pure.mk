# SPDX-License-Identifier: GPL-2.0-or-later
#
# Unit tests and fuzzers of the module's pure layer, which needs no kernel.
# Included with TOP naming the root of the tree. Targets:
#
#   pure-tests       $(TOP)/build/tests/pure_*
#   pure-tests-san   $(TOP)/build/tests-san/pure_*, with sanitisers
#   pure-check       builds and runs both
#   pure-fuzz        $(TOP)/build/fuzz/fuzz_{parse,reorder}; needs clang
#   pure-fuzz-check  runs each fuzzer for PURE_FUZZ_SECONDS

PURE_NAMES := pure_parse pure_seq pure_reorder pure_model pure_window pure_watch
PURE_TESTS := $(PURE_NAMES:%=$(TOP)/build/tests/%)
PURE_TESTS_SAN := $(PURE_NAMES:%=$(TOP)/build/tests-san/%)
PURE_FUZZERS := $(TOP)/build/fuzz/fuzz_parse $(TOP)/build/fuzz/fuzz_reorder

PURE_SOURCES := $(addprefix $(TOP)/kernel/,parse.c reorder.c window.c ack.c watch.c)
PURE_DEPENDS := $(FLAGS) $(PURE_SOURCES) $(wildcard $(TOP)/userspace/tests/pure_*.h) \
	$(addprefix $(TOP)/kernel/,pure.h wire.h parse.h seq.h reorder.h \
	window.h ack.h watch.h)
PURE_FLAGS := -std=gnu11 -g $(WARNINGS) -I$(TOP)/kernel \
	-I$(TOP)/userspace/tests
PURE_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
FUZZ_CC ?= clang
PURE_FUZZ_SECONDS ?= 60

$(PURE_TESTS): $(TOP)/build/tests/%: $(TOP)/userspace/tests/%.c $(PURE_DEPENDS)
	@mkdir -p $(@D)
	$(CC) $(PURE_FLAGS) -O2 -o $@ $< $(PURE_SOURCES) -lcmocka

$(PURE_TESTS_SAN): $(TOP)/build/tests-san/%: $(TOP)/userspace/tests/%.c \
		$(PURE_DEPENDS)
	@mkdir -p $(@D)
	$(CC) $(PURE_FLAGS) -O1 $(PURE_SANITIZE) -o $@ $< $(PURE_SOURCES) \
		-lcmocka

$(PURE_FUZZERS): $(TOP)/build/fuzz/%: $(TOP)/userspace/fuzz/%.c $(PURE_DEPENDS)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(PURE_FLAGS) -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -o $@ $< $(PURE_SOURCES)

.PHONY: pure-tests pure-tests-san pure-check pure-fuzz pure-fuzz-check
pure-tests: $(PURE_TESTS)
pure-tests-san: $(PURE_TESTS_SAN)
pure-fuzz: $(PURE_FUZZERS)

pure-check: $(PURE_TESTS) $(PURE_TESTS_SAN)
	set -e; for test in $^; do $$test; done

pure-fuzz-check: $(PURE_FUZZERS)
	set -e; for fuzzer in $^; do \
		$$fuzzer -max_total_time=$(PURE_FUZZ_SECONDS) \
			-artifact_prefix=$(TOP)/build/fuzz/; \
	done
