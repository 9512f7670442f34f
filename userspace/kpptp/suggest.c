// SPDX-License-Identifier: GPL-2.0-or-later
/* suggest.c - what a mistyped word was meant to be */
#include <string.h>

#include "cli.h"

#define WORD_MAX	32

static unsigned int min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be changed, added, left out or swapped with their
 * neighbour to make @a from @b (optimal string alignment).
 */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int d[WORD_MAX + 1][WORD_MAX + 1];
	size_t i, j, la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (j = 0; j <= lb; j++)
		d[0][j] = j;
	for (i = 1; i <= la; i++) {
		for (j = 1; j <= lb; j++) {
			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1,
				      d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[la][lb];
}

const char *kpptp_suggest(const char *word, const char *const *words, size_t n)
{
	unsigned int best = WORD_MAX, d;
	const char *found = NULL;
	size_t i, len = strlen(word);

	for (i = 0; i < n; i++) {
		/* The beginning of a word is as good as a slip in it. */
		if (len >= 2 && !strncmp(words[i], word, len))
			d = 1;
		else
			d = distance(word, words[i]);
		if (d < best) {
			best = d;
			found = words[i];
		}
	}
	return found && best <= 2 && best < strlen(found) ? found : NULL;
}
