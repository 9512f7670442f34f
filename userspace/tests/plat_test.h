/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every plat_*.c needs of cmocka, in the order it wants it. */
#ifndef PLAT_TEST_H
#define PLAT_TEST_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
