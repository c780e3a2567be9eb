# hearten: see README.md. `make` builds build/hearten and nothing else; `make demo` and
# `make test` install what is missing first. MODE=san builds with ASan and UBSan under build/san.

prefix  ?= /usr/local
DESTDIR ?=
MODE    ?= release
VERSION := 0.1.0

# The house, floor by floor (src/README.md). A room is linked with its own and lower floors only.
FLOOR0 := base
FLOOR1 := mail crypt
FLOOR2 := markup mime store transport sink
FLOOR3 := campaign consent
FLOOR4 := delivery
FLOOR5 := conf
FLOOR6 := cmd
BELOW0 :=
BELOW1 := $(FLOOR0)
BELOW2 := $(FLOOR1) $(BELOW1)
BELOW3 := $(FLOOR2) $(BELOW2)
BELOW4 := $(FLOOR3) $(BELOW3)
BELOW5 := $(FLOOR4) $(BELOW4)
BELOW6 := $(FLOOR5) $(BELOW5)
ROOMS  := $(FLOOR6) $(BELOW6)

# Debian packages: to build, and to test. `make deps` and `make test-deps` install the missing ones.
DEPS := build-essential pkg-config ca-certificates tzdata libcurl4-gnutls-dev libetpan-dev \
        libinih-dev libsqlite3-dev libcmark-gfm-dev libcmark-gfm-extensions-dev libidn2-dev \
        libssl-dev libjansson-dev
TEST_DEPS := libcmocka-dev python3 python3-pytest chromium fonts-dejavu-core sqlite3 \
        libsasl2-2 libdb5.3 libicu72 libnsl2
LINT_DEPS := clang-format clang-tidy python3
PKGS := libcurl libetpan inih sqlite3 libcmark-gfm libidn2 libssl libcrypto jansson

ifeq ($(MODE),san)
B        := build/san
OPT      := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
else
B        := build
OPT      := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
endif

CC       ?= cc
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wundef -Wold-style-definition \
            -Wdouble-promotion -Wimplicit-fallthrough -Wnull-dereference
ALL_CFLAGS  = -std=c11 $(OPT) $(WARN) -Isrc -D_GNU_SOURCE -DHEARTEN_VERSION='"$(VERSION)"' \
              $(PKG_CFLAGS) $(CFLAGS)
PKG_CFLAGS := $(filter-out -specs=%,$(shell pkg-config --cflags $(PKGS) 2>/dev/null))
PKG_LIBS   := $(filter-out -specs=%,$(shell pkg-config --libs $(PKGS) 2>/dev/null)) -lcmark-gfm-extensions
LINK        = $(CC) $(OPT) $(LDFLAGS)

.PHONY: all deps test-deps lint-deps test unit scenarios lint house demo install uninstall clean FORCE

all: build/hearten

# --- packages -----------------------------------------------------------------------------------
# $(call install,PACKAGES): installs those that dpkg does not know as installed, and says so. It
# never removes a package: another program's build may need it.
define install
@has() { dpkg-query -W -f='$${Status}' "$$1" 2>/dev/null | grep -q '^install ok installed'; }; \
missing=""; for p in $(1); do has "$$p" || missing="$$missing $$p"; done; \
case $$missing in *libcurl4-gnutls-dev*) if has libcurl4-openssl-dev; then \
  echo "libcurl4-openssl-dev and libcurl4-gnutls-dev exclude each other, and hearten needs the second;" \
    "if nothing else needs the first: apt-get remove libcurl4-openssl-dev" >&2; exit 1; fi ;; esac; \
if [ -n "$$missing" ]; then \
  echo "installing Debian packages:$$missing"; \
  as=""; [ "$$(id -u)" = 0 ] || as=sudo; \
  $$as apt-get update -qq && \
  $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-remove --no-install-recommends $$missing >/dev/null \
    || { echo "could not install:$$missing" >&2; exit 1; }; \
fi
endef

deps:
	$(call install,$(DEPS))

test-deps: deps
	$(call install,$(TEST_DEPS))

lint-deps: test-deps
	$(call install,$(LINT_DEPS))

# --- the program --------------------------------------------------------------------------------
# $(call stamp,TEXT): the rule of a file that holds TEXT, and is new only when the text is another.
define stamp
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' >$@
endef
$(B)/flags: FORCE
	$(call stamp,$(CC) $(ALL_CFLAGS) $(LINK) $(PKG_LIBS))

$(B)/pkgs.ok:
	@mkdir -p $(B)
	@pkg-config --exists $(PKGS) || { \
	  echo "hearten needs Debian packages that are not installed: run 'make deps' (or 'make demo')" >&2; exit 1; }
	@touch $@

$(B)/obj/%.o: src/%.c $(B)/flags Makefile | $(B)/pkgs.ok
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# One archive a room: $(B)/lib/ROOM.a. ROOM.list is new when a file came or went.
define room_rule
OBJECTS_$(1) := $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/$(1)/*.c))
$(B)/lib/$(1).list: FORCE
	$$(call stamp,$$(OBJECTS_$(1)))
$(B)/lib/$(1).a: $$(OBJECTS_$(1)) $(B)/lib/$(1).list
	@rm -f $$@
	ar rcs $$@ $$(OBJECTS_$(1))
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

$(B)/hearten: $(foreach r,$(ROOMS),$(B)/lib/$(r).a) $(B)/flags
	$(LINK) -o $@ -Wl,--start-group $(foreach r,$(ROOMS),$(B)/lib/$(r).a) -Wl,--end-group $(PKG_LIBS)

# --- tests --------------------------------------------------------------------------------------
# tests/unit/ROOM/test_X.c is linked with its room and the floors below it: a room that secretly
# needed a neighbour or a higher floor would not link.
define unit_rule
$(B)/unit/$(1)/%: tests/unit/$(1)/%.c $(B)/lib/$(1).a $(foreach r,$(2),$(B)/lib/$(r).a) $(B)/flags Makefile
	@mkdir -p $$(@D)
	$(CC) $$(ALL_CFLAGS) -Itests/unit -MMD -MP -MF $$@.d -MT $$@ -o $$@ $$< $(B)/lib/$(1).a $(foreach r,$(2),$(B)/lib/$(r).a) $$(PKG_LIBS) -lcmocka -lm
UNIT_$(1) := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/$(1)/test_*.c))
UNITS += $$(UNIT_$(1))
unit-$(1): $$(UNIT_$(1))
	@set -e; for t in $$^; do $$$$t; done
.PHONY: unit-$(1)
endef
$(foreach n,0 1 2 3 4 5 6,$(foreach r,$(FLOOR$(n)),$(eval $(call unit_rule,$(r),$(BELOW$(n))))))

units: $(UNITS)
.PHONY: units

unit: test-deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) MODE=san units
	@tests/run unit

scenarios: test-deps
	@$(MAKE) --no-print-directory -s -j$$(nproc) MODE=san build/san/hearten
	@tests/run scenarios

test: test-deps
	@echo "building with sanitizers"
	@$(MAKE) --no-print-directory -s -j$$(nproc) MODE=san build/san/hearten units
	@tests/run house unit scenarios

house:
	@tests/run house

lint: lint-deps
	@tests/lint/lint.sh

# --- the rest -----------------------------------------------------------------------------------
demo: deps
	@echo "building build/hearten"
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@tests/demo.sh

install: all
	install -Dm755 build/hearten $(DESTDIR)$(prefix)/bin/hearten
	install -Dm644 docs/hearten.1 $(DESTDIR)$(prefix)/share/man/man1/hearten.1

uninstall:
	rm -f $(DESTDIR)$(prefix)/bin/hearten $(DESTDIR)$(prefix)/share/man/man1/hearten.1

clean:
	rm -rf build

-include $(foreach r,$(ROOMS),$(OBJECTS_$(r):.o=.d)) $(UNITS:=.d)
.SECONDARY:
