# SPDX-License-Identifier: GPL-2.0-or-later
# kpptp: PPTP for Linux. "make help" says what can be made; everything made
# goes to build/.

top := $(CURDIR)
BUILD ?= $(top)/build
running := $(shell uname -r)

# --- for which kernel --------------------------------------------------------

# The kernel that runs, unless KVER or KDIR says another: never a silent choice
# among those that are installed. KVER=debug, or its release, is
# selftests/vm/build-debug-kernel's.
ifdef KDIR
  # "make kernelrelease" there tells less: Debian's 6.1 leaves out its own part.
  KVER := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
else ifneq ($(filter debug %-kpptp-debug,$(KVER)),)
  debug_dir := $(shell selftests/vm/build-debug-kernel --where)
  override KVER := $(if $(debug_dir),$(shell cat $(debug_dir)/kver))
  KDIR := $(debug_dir)/linux
else
  KVER ?= $(running)
  # Installed, or fetched for the VM.
  KDIR := $(or $(patsubst %/Makefile,%,$(wildcard /lib/modules/$(KVER)/build/Makefile)),$(shell \
	selftests/vm/fetch-kernel --kdir $(KVER) 2>/dev/null))
endif
module_dir := $(BUILD)/modules/$(KVER)

# --- where to install --------------------------------------------------------

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
UNITDIR ?= /lib/systemd/system
# pppd loads plugins by name from a directory of its own version.
PPPD_VERSION ?= $(shell sed -n 's/.*VERSION[^"]*"\([0-9.]*\)".*/\1/p' \
	/usr/include/pppd/patchlevel.h /usr/include/pppd/pppdconf.h 2>/dev/null | head -n 1)
PLUGINDIR ?= /usr/lib/pppd/$(PPPD_VERSION)
export BUILD PREFIX SYSCONFDIR SBINDIR PLUGINDIR

# --- build -------------------------------------------------------------------

all: modules userspace

# Kbuild writes beside the sources, so it works on links to them. Making the
# links again on each run keeps up with files that came or went.
modules: have-headers
	@mkdir -p $(module_dir)/kernel
	@ln -sfn $(top)/include $(top)/VERSION $(module_dir)/
	@cp -rsf $(top)/kernel/. $(module_dir)/kernel
	@find $(module_dir)/kernel -xtype l -delete
	$(MAKE) -C $(KDIR) M=$(module_dir)/kernel modules
	@cmp -s $(module_dir)/kernel/kpptp.ko $(module_dir)/kpptp.ko || \
		cp $(module_dir)/kernel/kpptp.ko $(module_dir)/kpptp.ko

# For every kernel that has headers here.
modules-all:
	@for kver in $$(ls -d /lib/modules/*/build/Makefile | cut -d/ -f4); do \
		$(MAKE) --no-print-directory modules KVER=$$kver || exit 1; \
	done

have-headers:
	@[ -n "$(KVER)" ] && [ -e "$(KDIR)/Makefile" ] || { echo "$(no_headers)" >&2; exit 1; }

no_headers = $(if $(filter $(running),$(KVER)),The headers of the running kernel ($(running)) are not installed: \
install linux-headers-$(running) (Debian; \"make deps\" does)$(comma) or choose another kernel by KVER= or KDIR=,$(if \
$(KVER),There are no headers of kernel $(KVER): install them$(comma) or say by KDIR= where they are,There is no built \
kernel$(comma) nor headers of one$(comma) in KDIR=$(KDIR))). \"make userspace\" builds all but the module.
comma := ,

userspace:
	$(MAKE) -C userspace

helpers:
	$(MAKE) -C selftests

# --- tests -------------------------------------------------------------------

check:
	scripts/check.sh

check-debug:
	scripts/check.sh --debug

# SUITE and FRESH come by the environment, too.
check-newest:
	scripts/check.sh newest

lint:
	scripts/lint.sh

demo:
	scripts/demo.sh

# Its variables are in the environment, whether given to make or before it.
bench:
	scripts/bench.sh

bench-doc:
	scripts/bench.sh --save

deps:
	scripts/deps.sh

# --- install -----------------------------------------------------------------

installed_files = \
	/lib/modules/$(KVER)/extra/kpptp.ko \
	$(SBINDIR)/kpptpd $(SBINDIR)/kpptp \
	$(PLUGINDIR)/kpptp.so $(PREFIX)/lib/kpptp/kpptp-dns \
	$(MANDIR)/man8/kpptpd.8 $(MANDIR)/man8/kpptp.8 $(MANDIR)/man5/kpptpd.conf.5 \
	$(COMPLETIONDIR)/kpptp \
	$(UNITDIR)/kpptpd.service \
	$(SYSCONFDIR)/modprobe.d/kpptp.conf

install:
	@[ -e $(module_dir)/kpptp.ko ] || { echo "Run \"make\" first." >&2; exit 1; }
	install -D -m 644 $(module_dir)/kpptp.ko $(DESTDIR)/lib/modules/$(KVER)/extra/kpptp.ko
	install -D -m 755 $(BUILD)/bin/kpptpd $(DESTDIR)$(SBINDIR)/kpptpd
	install -D -m 755 $(BUILD)/bin/kpptp $(DESTDIR)$(SBINDIR)/kpptp
	install -D -m 644 $(BUILD)/lib/kpptp.so $(DESTDIR)$(PLUGINDIR)/kpptp.so
	install -D -m 755 packaging/kpptp-dns $(DESTDIR)$(PREFIX)/lib/kpptp/kpptp-dns
	install -D -m 644 Documentation/man/kpptpd.8 $(DESTDIR)$(MANDIR)/man8/kpptpd.8
	install -D -m 644 Documentation/man/kpptp.8 $(DESTDIR)$(MANDIR)/man8/kpptp.8
	install -D -m 644 Documentation/man/kpptpd.conf.5 $(DESTDIR)$(MANDIR)/man5/kpptpd.conf.5
	install -D -m 644 userspace/kpptp/kpptp.bash $(DESTDIR)$(COMPLETIONDIR)/kpptp
	install -D -m 644 packaging/modprobe.conf $(DESTDIR)$(SYSCONFDIR)/modprobe.d/kpptp.conf
	install -d $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSCONFDIR)/kpptp
	sed 's|@SBINDIR@|$(SBINDIR)|; s|@SYSCONFDIR@|$(SYSCONFDIR)|; s|@PREFIX@|$(PREFIX)|' packaging/kpptpd.service.in \
		> $(DESTDIR)$(UNITDIR)/kpptpd.service
	@# The configuration of who installs a newer version stays.
	[ -e $(DESTDIR)$(SYSCONFDIR)/kpptp/kpptpd.conf ] || \
		install -m 600 packaging/kpptpd.conf.example $(DESTDIR)$(SYSCONFDIR)/kpptp/kpptpd.conf
	[ -n "$(DESTDIR)" ] || depmod $(KVER)

# The configuration stays.
uninstall:
	rm -f $(addprefix $(DESTDIR),$(installed_files))
	[ -n "$(DESTDIR)" ] || depmod $(KVER)

# --- the rest ----------------------------------------------------------------

clean:
	rm -rf $(BUILD)

help:
	@echo 'Build'
	@echo '  make                the module for the running kernel, and all of userspace'
	@echo '  make modules        the module only (build/modules/KVER/kpptp.ko)'
	@echo '  make modules-all    the module for every kernel with headers here'
	@echo '  make userspace      kpptpd, kpptp (build/bin) and the pppd plugin (build/lib)'
	@echo '  make deps           install the Debian packages all of this needs'
	@echo '  make clean          remove build/'
	@echo 'Try (in a VM: nothing on this machine changes)'
	@echo '  make demo           a server, a client, a call between them, and how fast it is'
	@echo '  make bench          kpptp against GRE, in-tree pptp and others: table, JSON, chart in build/bench/'
	@echo '                      (QUICK=1, KERNEL=, MODE=icount|smp, ...: see scripts/bench.sh --help)'
	@echo '  make bench-doc      the same, and the results to Documentation/bench/'
	@echo '  make check          unit tests, then selftests in the VM on 6.1 and 6.12'
	@echo '  make check-debug    selftests on a kernel with KASAN, lockdep and kmemleak'
	@echo '  make check-newest   the module built for the newest kernel of Debian, W=1, and selftests there'
	@echo '                      (SUITE=trixie-backports, forky, sid...; FRESH=1 gets that kernel anew)'
	@echo '  make lint           sparse, checkpatch, shellcheck'
	@echo '  selftests/vm/run -h run any command in the VM'
	@echo 'Install (as root)'
	@echo '  make install        below PREFIX ($(PREFIX)), the module for KVER; DESTDIR= for packages'
	@echo '  make uninstall      remove that again, except the configuration'
	@echo 'Variables'
	@echo '  KVER=$(KVER)   kernel to build for (default: the one that runs), or "debug"'
	@echo '  KDIR=$(or $(KDIR),(no headers found))   its headers or build tree'

.PHONY: all modules modules-all have-headers userspace helpers check check-debug check-newest lint demo \
	bench bench-doc deps \
	install uninstall clean help
