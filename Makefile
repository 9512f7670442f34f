# SPDX-License-Identifier: GPL-2.0-or-later
# kpptp: PPTP for Linux. "make help" says what can be made; everything made
# goes to build/.

top := $(CURDIR)
BUILD ?= $(top)/build
running := $(shell uname -r)

# --- for which kernel --------------------------------------------------------

# The kernel that runs, unless KVER or KDIR says another: never a silent choice
# among those that are installed. KVER=debug and KVER=kcsan, or their releases, are
# selftests/vm/build-debug-kernel's.
ifdef KDIR
  # "make kernelrelease" there tells less: Debian's 6.1 leaves out its own part.
  KVER := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
else ifneq ($(filter debug %-kpptp-debug kcsan %-kpptp-kcsan,$(KVER)),)
  debug_dir := $(shell selftests/vm/build-debug-kernel --where $(lastword $(subst -, ,$(KVER))))
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
LIBEXECDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
DOCDIR ?= $(PREFIX)/share/doc/kpptp
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
UNITDIR ?= /usr/lib/systemd/system
SYSUSERSDIR ?= /usr/lib/sysusers.d
TMPFILESDIR ?= /usr/lib/tmpfiles.d
MODPROBEDIR ?= /usr/lib/modprobe.d
# For DKMS.
SRCDIR ?= /usr/src
# pppd loads plugins by name from a directory of its own version.
PPPD_VERSION ?= $(shell sed -n 's/.*VERSION[^"]*"\([0-9.]*\)".*/\1/p' \
	/usr/include/pppd/patchlevel.h /usr/include/pppd/pppdconf.h 2>/dev/null | head -n 1)
PLUGINDIR ?= /usr/lib/pppd/$(PPPD_VERSION)
# As kbuild knows them; where both are given, DESTDIR comes first.
INSTALL_MOD_DIR ?= extra
INSTALL_MOD_STRIP ?= 1
mod_root = $(DESTDIR)$(INSTALL_MOD_PATH)
export BUILD PREFIX SYSCONFDIR SBINDIR LIBEXECDIR MANDIR DOCDIR COMPLETIONDIR UNITDIR SYSUSERSDIR TMPFILESDIR \
	MODPROBEDIR SRCDIR PLUGINDIR INSTALL_MOD_DIR DESTDIR

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

# MUTANTS and KERNEL come by the environment, too.
mutants:
	scripts/mutants.sh

lint:
	scripts/lint.sh

demo:
	scripts/demo.sh

# Its variables are in the environment, whether given to make or before it.
bench:
	scripts/bench.sh

bench-doc:
	scripts/bench.sh --save

# "make -s" has nothing but the report on the standard output.
bench-setup:
	@scripts/deps.sh bench-setup
	@$(MAKE) -s userspace helpers >&2
	scripts/bench-setup.py $(ARGS)

deps:
	scripts/deps.sh build

deps-%:
	scripts/deps.sh $*

# --- install -----------------------------------------------------------------

install: built-modules built-userspace install-modules install-userspace

built-modules:
	@[ -e $(module_dir)/kernel/kpptp.ko ] || { echo "Run \"make\" first: no module is built for kernel" \
		"$(KVER) (KVER= and KDIR= say another)." >&2; exit 1; }

built-userspace:
	@[ -e $(BUILD)/bin/kpptpd ] || { echo "Run \"make\" first: the programs are not built." >&2; exit 1; }

# Kbuild strips, compresses and signs as that kernel is configured, and is told
# the release, which Debian's headers of 6.1 do not know in full. Its depmod would
# write into packages and needs a System.map, which headers lack: ours does not.
# Whoever builds a kernel has its key; with the headers of a distribution it would
# only complain that there is none.
sig_key = $(shell sed -n 's/^CONFIG_MODULE_SIG_KEY="\(.*\)"/\1/p' $(KDIR)/include/config/auto.conf)
can_sign = $(if $(sig_key),$(or $(filter pkcs11:%,$(sig_key)),$(wildcard $(sig_key) $(KDIR)/$(sig_key))))
install-modules: built-modules have-headers
	$(MAKE) -C $(KDIR) M=$(module_dir)/kernel KERNELRELEASE=$(KVER) INSTALL_MOD_PATH=$(mod_root) \
		INSTALL_MOD_DIR=$(INSTALL_MOD_DIR) INSTALL_MOD_STRIP=$(INSTALL_MOD_STRIP) \
		$(if $(can_sign),,CONFIG_MODULE_SIG_ALL=) DEPMOD=true quiet_cmd_depmod= cmd_depmod=true modules_install
	@scripts/install.sh module $(KVER)

# Built again first when PREFIX or another path that is compiled in has changed.
install-userspace: built-userspace
	@$(MAKE) --no-print-directory -C userspace INSTALLING=1
	scripts/install.sh userspace

dkms-install:
	scripts/install.sh dkms

uninstall:
	scripts/install.sh uninstall

# --- the rest ----------------------------------------------------------------

clean:
	rm -rf $(BUILD)

help:
	@echo 'Build'
	@echo '  make                the module for the running kernel, and all of userspace'
	@echo '  make modules        the module only (build/modules/KVER/kpptp.ko)'
	@echo '  make modules-all    the module for every kernel with headers here'
	@echo '  make userspace      kpptpd, kpptp (build/bin) and the pppd plugin (build/lib)'
	@echo '  make deps           install the Debian packages that "make" and "make install" need'
	@echo '  make deps-TARGET    those that another target needs: demo, bench, bench-setup, check, debug, newest, or all'
	@echo '  make clean          remove build/'
	@echo 'Try (in a VM: nothing on this machine changes)'
	@echo '  make demo           a server, a client, a call between them, and how fast it is'
	@echo '  make bench          kpptp against GRE, in-tree pptp and others: table, JSON, chart in build/bench/'
	@echo '                      (QUICK=1, KERNEL=, MODE=icount|smp, ...: see scripts/bench.sh --help)'
	@echo '  make bench-doc      the same, and the results to Documentation/bench/'
	@echo '  make bench-setup    what setting calls up costs kpptpd, also beside floods; without VM, in a network'
	@echo '                      namespace (ARGS="--held 1,100 --json ...": see scripts/bench-setup.py --help)'
	@echo '  make check          unit tests, then selftests in the VM on 6.1 and 6.12'
	@echo '  make check-debug    selftests on a kernel with KASAN, lockdep and kmemleak, and on one with KCSAN'
	@echo '  make check-newest   the module built for the newest kernel of Debian, W=1, and selftests there'
	@echo '                      (SUITE=trixie-backports, forky, sid...; FRESH=1 gets that kernel anew)'
	@echo '  make mutants        makes known mistakes in a copy of the tree, one at a time: each must be found by the'
	@echo '                      test that selftests/mutants/ names (MUTANTS="NAME ..." for some, KERNEL=)'
	@echo '  make lint           sparse, checkpatch, shellcheck'
	@echo '  selftests/vm/run -h run any command in the VM'
	@echo 'Install (as root)'
	@echo '  make install        the module for KVER, and below PREFIX the rest; a configuration file stays as it is'
	@echo '  make install-modules, install-userspace   the one, the other'
	@echo '  make dkms-install   the sources of the module for DKMS, which builds it for each new kernel'
	@echo '  make uninstall      remove it all, the module from every kernel; PURGE=1: the configuration, too'
	@echo 'Variables'
	@echo '  KVER=$(KVER)   kernel to build for (default: the one that runs), or "debug", "kcsan"'
	@echo '  KDIR=$(or $(KDIR),(no headers found))   its headers or build tree'
	@echo '  CC, CPPFLAGS, CFLAGS, LDFLAGS   of userspace; WERROR=1 makes warnings errors'
	@echo '  PREFIX=$(PREFIX) SYSCONFDIR=$(SYSCONFDIR) SBINDIR LIBEXECDIR MANDIR DOCDIR COMPLETIONDIR PLUGINDIR PPPD'
	@echo '  UNITDIR SYSUSERSDIR TMPFILESDIR MODPROBEDIR   of the system: /usr/lib/...'
	@echo '  DESTDIR             a directory to install into instead, for packages'
	@echo '  INSTALL_MOD_PATH, INSTALL_MOD_DIR=$(INSTALL_MOD_DIR), INSTALL_MOD_STRIP=$(INSTALL_MOD_STRIP)   as for modules_install of the kernel'

.PHONY: all modules modules-all have-headers userspace helpers check check-debug check-newest mutants lint demo \
	bench bench-doc bench-setup deps built-modules built-userspace install install-modules install-userspace \
	dkms-install uninstall clean help
