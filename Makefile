# roi_ext: builds, installs and tests the extension against one PostgreSQL, 15 to 18.
#
#   make                 build roi_ext.so, its LLVM bitcode and roi_ext--VERSION.sql; roi_ext_pdf.so where Cairo and Pango are
#   make install         install into the server that PG_CONFIG names
#   make installcheck    regression tests (sql/, expected/) against the running server of PGHOST, PGPORT
#   make unit            unit tests of src/core, without a server (CMake, in build/unit)
#   make wall            build/wall_test.so, the module that exercises the error wall; never installed
#   make format          format all C++ with clang-format; format-check only tells
#   make lint            clang-tidy over src, then check-includes; slow
#   make check-includes  the include rules and the rules that grep can check
#   make clean           remove everything that was built
#
# Variables: PG_CONFIG=path/to/pg_config  WERROR=1 (warnings are errors)  with_llvm=no (no bitcode)
# `test/run` does all of this and runs every test in throw-away servers.

# the extension: name, version and install script
EXTENSION = roi_ext
MODULE_big = roi_ext
EXT_VERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" roi_ext.control)
INSTALL_SCRIPT_FRAGMENTS := $(wildcard sql/install/[0-9][0-9]-*.sql)
# the install script, and one that updates each earlier version, whose own install script is kept as it was
EARLIER_VERSIONS = 1.0
UPDATE_SCRIPTS = $(EARLIER_VERSIONS:%=$(EXTENSION)--%--$(EXT_VERSION).sql)
DATA_built = $(EXTENSION)--$(EXT_VERSION).sql $(UPDATE_SCRIPTS)
DATA = $(EARLIER_VERSIONS:%=sql/updates/$(EXTENSION)--%.sql)
PGFILEDESC = "roi_ext - exact marketing ROI analytics and believable demo data"

# the sources, three levels deep
ALL_SOURCES := $(sort $(wildcard src/*.cpp src/*/*.cpp src/*/*/*.cpp))
PDF_SOURCES := $(filter src/pdf/%,$(ALL_SOURCES))
SOURCES := $(filter-out $(PDF_SOURCES),$(ALL_SOURCES))
OWN_HEADERS := $(sort $(wildcard src/*.hpp src/*/*.hpp src/*/*/*.hpp))
OBJS = $(SOURCES:.cpp=.o)

# the regression tests, in running order, one per line
REGRESS_TESTS = setup spine
ifneq ($(strip $(REGRESS_TESTS)),)
REGRESS = $(REGRESS_TESTS)
ENCODING = UTF8
NO_LOCALE = 1
endif

# the server to build for
PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
PG_INCLUDES := -isystem $(shell $(PG_CONFIG) --includedir-server)

# what every compiler gets: gcc for the library, clang for its bitcode and for clang-tidy.
# -isystem keeps warnings and `register` of the PostgreSQL headers out of C++17; PostgreSQL 15 leaves PGDLLEXPORT
# empty, which hidden visibility would turn into a library without entry points; -ffp-contract=off forbids fused
# multiply-add, so that every CPU computes the same numbers.
CODE_FLAGS = -std=c++17 -fvisibility=hidden -fvisibility-inlines-hidden -ffp-contract=off
WARNING_FLAGS = -Wall -Wextra -Wshadow $(if $(WERROR),-Werror)
PG_CPPFLAGS = -Isrc $(PG_INCLUDES) '-DPGDLLEXPORT=__attribute__((visibility("default")))'
# SANITIZE=1: with the address and undefined behaviour sanitizers, for a server that has their libraries loaded before;
# CRoaring's serialization stores words at odd places, which these processors allow
SANITIZER_FLAGS = $(if $(SANITIZE),-fsanitize=address$(comma)undefined -fno-sanitize=alignment -fno-sanitize-recover=all)
comma := ,
PG_CXXFLAGS = $(CODE_FLAGS) $(WARNING_FLAGS) $(if $(SANITIZE),-O1 -g1 -fno-omit-frame-pointer) $(SANITIZER_FLAGS) -MMD -MP
SHLIB_LINK += -lroaring -lstdc++ $(SANITIZER_FLAGS)

# the library that draws PDF: made where Cairo and Pango can be built against, loaded by the first roi_report_pdf()
PDF_MODULE = roi_ext_pdf.so
PDF_PACKAGES = pangocairo cairo-pdf
HAS_PDF := $(shell pkg-config --exists $(PDF_PACKAGES) 2>/dev/null && echo yes)
PDF_CFLAGS := $(if $(HAS_PDF),$(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PDF_PACKAGES))))
PDF_OBJS := $(PDF_SOURCES:.cpp=.o)

WALL_OBJS := $(patsubst %.cpp,build/%.o,$(wildcard test/wall/*.cpp))
EXTRA_CLEAN = build $(OBJS:.o=.d) $(OBJS:.o=.bc.d) $(PDF_MODULE) $(PDF_OBJS) $(PDF_OBJS:.o=.d)

ifeq ($(PGXS),)
$(error $(PG_CONFIG) does not answer: install the server's development package or set PG_CONFIG)
endif
include $(PGXS)

# bitcode: the same code flags, and dependency files of its own
COMPILE.cxx.bc += $(CODE_FLAGS) -MMD -MP -MF $(@:=.d)
-include $(OBJS:.o=.d) $(OBJS:.o=.bc.d) $(WALL_OBJS:.o=.d) $(PDF_OBJS:.o=.d)

# the scripts land here and not in sql/, where they would be regression tests
$(EXTENSION)--$(EXT_VERSION).sql: $(INSTALL_SCRIPT_FRAGMENTS) $(wildcard sql/install) tools/build-sql roi_ext.control
	tools/build-sql > $@.tmp
	mv $@.tmp $@
$(UPDATE_SCRIPTS): $(EXTENSION)--%--$(EXT_VERSION).sql: sql/updates/%.sql sql/updates/begin.sql sql/updates/end.sql $(INSTALL_SCRIPT_FRAGMENTS) tools/build-sql
	tools/build-sql $* > $@.tmp
	mv $@.tmp $@

# the drawing library: its own sources, the drawings that it reads, and the error wall
ifeq ($(HAS_PDF),yes)
all: $(PDF_MODULE)
$(PDF_MODULE): $(PDF_OBJS) src/report/drawing.o src/report/canvas.o src/bridge/error.o
	$(CXX) $(CXXFLAGS) -shared -o $@ $^ $(LDFLAGS) $(LDFLAGS_SL) $(shell pkg-config --libs $(PDF_PACKAGES)) -lstdc++
$(PDF_OBJS): %.o: %.cpp
	$(CXX) $(CXXFLAGS) $(PDF_CFLAGS) $(CPPFLAGS) -c -o $@ $<
install: install-pdf
install-pdf: $(PDF_MODULE)
	$(MKDIR_P) '$(DESTDIR)$(pkglibdir)'
	$(INSTALL_SHLIB) $(PDF_MODULE) '$(DESTDIR)$(pkglibdir)/'
uninstall: uninstall-pdf
uninstall-pdf:
	rm -f '$(DESTDIR)$(pkglibdir)/$(PDF_MODULE)'
else
all: no-pdf
no-pdf:
	@echo "roi_ext: built without $(PDF_MODULE): install libcairo2-dev, libpango1.0-dev and pkg-config for roi_report_pdf()"
endif

ifeq ($(strip $(REGRESS_TESTS)),)
installcheck: no-regress-tests
no-regress-tests:
	@echo "REGRESS_TESTS in the Makefile is empty: there is no regression test to run"
endif

# unit tests of the core
unit:
	cmake -S . -B build/unit
	cmake --build build/unit -j 2
	ctest --test-dir build/unit --output-on-failure -j 2

# the test module of the error wall: its own sources and the bridge
wall: build/wall_test.so
build/wall_test.so: $(WALL_OBJS) $(filter src/bridge/%,$(OBJS))
	$(CXX) $(CXXFLAGS) -shared -o $@ $^ $(LDFLAGS) $(LDFLAGS_SL) $(SHLIB_LINK)
build/test/wall/%.o: test/wall/%.cpp
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(CPPFLAGS) -c -o $@ $<

# style and static checks; version 14 of the tools decides where it is installed
CLANG_FORMAT ?= $(firstword $(shell command -v clang-format-14) clang-format)
CLANG_TIDY ?= $(firstword $(shell command -v clang-tidy-14) clang-tidy)
FORMATTED = $(ALL_SOURCES) $(OWN_HEADERS) $(wildcard test/unit/*.[ch]pp test/unit/*/*.[ch]pp test/fuzz/*.[ch]pp test/wall/*.[ch]pp test/realism/*.[ch]pp test/bench/*.c test/bench/*.cpp)

format:
	$(CLANG_FORMAT) -i $(FORMATTED)

format-check:
	$(CLANG_FORMAT) --dry-run --Werror $(FORMATTED)

lint: tidy check-includes

tidy:
	printf '%s\n' $(SOURCES) $(if $(HAS_PDF),$(PDF_SOURCES)) | xargs -P 2 -I FILE $(CLANG_TIDY) --quiet FILE -- $(PG_CPPFLAGS) $(PDF_CFLAGS) $(CODE_FLAGS) -Wall -Wextra

check-includes:
	tools/check-includes

.PHONY: install-pdf uninstall-pdf no-pdf no-regress-tests unit wall format format-check lint tidy check-includes
