// SPDX-License-Identifier: GPL-2.0
/*
 * The tracepoints' bodies, once.  May touch nothing.
 */
#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/etp.h>
