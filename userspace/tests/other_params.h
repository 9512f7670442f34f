/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call parameters none of which is the default, for tests of who passes them on. */
#ifndef OTHER_PARAMS_H
#define OTHER_PARAMS_H

#include "../lib/call_params.h"

static inline void other_params(struct kpptp_call_params *params)
{
	const struct kpptp_call_param *row = kpptp_call_param;
	size_t i;

	for (i = 0; i < kpptp_call_param_count; i++, row++)
		if (row->type == KPPTP_PARAM_DEVICE)
			strcpy((char *)params + row->offset, "lo");
		else
			*kpptp_call_param_number(params, row) =
				row->init == row->max ? row->min : row->max;
}

#endif
