# SPDX-License-Identifier: GPL-2.0
# What one types: `make help` lists it. The module's own build rules are in Kbuild; the lab's work is done by scripts/.

KDIR ?= /lib/modules/$(shell uname -r)/build
export KDIR

# these reach the kernel's build as they are: W=1, C=1, V=1, ETP_KUNIT=y
kbuild := $(MAKE) -C $(KDIR) M=$(CURDIR)

default: module

help:
	@echo 'On this machine:'
	@echo '  make                build etp.ko for the running kernel, or for KDIR=...'
	@echo '  make install        install it, so that modprobe and socket() find it (make uninstall), and'
	@echo '                      in /usr/include/etp what modules for ETP are built with (DESTDIR=)'
	@echo '  make tools          build the etp command and its library into build/tools'
	@echo '  make clean          remove what was built; make distclean: the kernel cache too'
	@echo 'In a VM, which fetches and builds what it needs:'
	@echo '  make demo           unmodified programs over ETP, on the stock kernel'
	@echo '  make shell          a shell with the module loaded   (KERNEL=stock)'
	@echo '  make bench          ETP beside kernel TCP, as a table and build/bench.json'
	@echo '  make lab            ETP beside kernel TCP in a bad network: build/lab.json, Documentation/congestion.rst'
	@echo '  make check          all tests on the debug kernel of the distribution'"'"'s version'
	@echo '  make check-all      the same on 6.1, 6.12 and 7.2'
	@echo '  make coverage       which lines of net/etp/ the unit tests run (build/coverage.txt)'
	@echo '  make gallery        the scenes of the textbooks, drawn from the wire into Documentation/gallery'
	@echo '  make plots          windows and sequence numbers over time, into the same place'
	@echo '  make memory         what idle connections and TIME_WAIT weigh, beside kernel TCP'"'"'s'
	@echo '  make conformance    hold Documentation/conformance.csv against sources and the last run; make its tables'
	@echo '  make properties     what holds whatever the network does, with thousands of seeds (SEEDS=5000)'
	@echo '  make stress         ten minutes of all that connections can do, on two CPUs'
	@echo '  make lint           checkpatch, and every warning of compiler and sparse on all three'

module:
	$(kbuild) modules

tools:
	$(MAKE) -C tools

install: modules_install install-headers

modules_install: module
	$(kbuild) modules_install

# What somebody else's module needs: two headers, and the symbols of the etp.ko that was built in BUILT. See samples/.
BUILT ?= $(CURDIR)
HEADERS = $(DESTDIR)/usr/include/etp
.PHONY: install-headers
install-headers:
	install -d $(HEADERS)/net $(HEADERS)/uapi/linux
	install -m 644 include/net/etp_cong.h $(HEADERS)/net
	install -m 644 include/uapi/linux/etp.h $(HEADERS)/uapi/linux
	install -m 644 $(BUILT)/Module.symvers $(HEADERS)

uninstall:
	rm -f /lib/modules/$$(uname -r)/updates/etp*.ko* /lib/modules/$$(uname -r)/extra/etp*.ko*
	rm -rf /usr/include/etp
	depmod -a

clean:
	-[ ! -d "$(KDIR)" ] || $(kbuild) clean
	rm -rf build

distclean: clean
	rm -rf "$${ETP_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/etp}"

demo bench gallery plots lab:
	scripts/$@

KERNEL ?= stock
shell:
	scripts/deps
	$(MAKE) tools
	module=$$(scripts/build $(KERNEL)) && scripts/vm -k $(KERNEL) --module "$$module" \
		--env PATH="$(CURDIR)/build/tools:/usr/sbin:/usr/bin:/sbin:/bin" --shell

# after make check, for what passed is read from its logs
conformance:
	scripts/conformance

check:
	scripts/check 6.1-debug

check-all:
	scripts/check 6.1-debug 6.12-debug 7.2-debug

coverage memory stress:
	scripts/$@

SEEDS ?= 5000
properties:
	scripts/properties $(SEEDS)

lint:
	scripts/lint

.PHONY: default help module tools install modules_install uninstall clean distclean demo bench gallery plots lab shell conformance check check-all coverage memory properties stress lint
