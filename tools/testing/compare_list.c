// SPDX-License-Identifier: GPL-2.0
/*
 * The list of differences that have a reason.  A row of it is
 *
 *	[KERNEL...] SCRIPT | LABEL [~N] | REASON
 *
 * SCRIPT is the name of a script, LABEL what stands before " = " in TCP's line,
 * both shell patterns; the first row that fits a difference gives its reason.
 * KERNEL limits the row to some kernels: "<6.9", ">=6.12", both for those in
 * between.  "?" there: what it lists need not be seen, because it depends on time,
 * or on how the kernel was built.  "~N": the values are numbers, and no further
 * apart than N.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "compare_list.h"

struct row {
	char *script, *label;
	long apart;	/* how far values may be, -1: it does not matter */
	bool maybe;	/* need not be seen */
	int seen;
};

static struct row *rows;
static int n_rows;

/* 6.12 is 6012. */
static int version_of(const char *text)
{
	unsigned int major = 0, minor = 0;

	sscanf(text, "%u.%u", &major, &minor);
	return major * 1000 + minor;
}

static int this_version(void)
{
	struct utsname name;

	return uname(&name) ? 0 : version_of(name.release);
}

static char *trim(char *s)
{
	char *end;

	while (*s == ' ' || *s == '\t')
		s++;
	end = s + strlen(s);
	while (end > s && strchr(" \t\n", end[-1]))
		*--end = 0;
	return s;
}

/* Takes the words before the name of the script; false: not for this kernel. */
static bool is_for_us(char **script, struct row *row)
{
	bool ours = true;

	while (**script && strchr("<>?", **script)) {
		char *word = strsep(script, " ");

		if (*word == '?')
			row->maybe = true;
		else if (*word == '<')
			ours &= this_version() < version_of(word + 1);
		else
			ours &= this_version() >= version_of(word + 2);
		if (!*script)
			return false;
		*script = trim(*script);
	}
	return ours;
}

static void add_row(char *line)
{
	char *script = strsep(&line, "|"), *label = strsep(&line, "|"), *apart;
	struct row row = { .apart = -1 };

	if (!label || !line || !*trim(line)) {
		printf("Bail out! a row without a reason: %s\n", script);
		exit(1);
	}
	script = trim(script);
	if (!is_for_us(&script, &row))
		return;
	apart = strstr(label, " ~");
	if (apart) {
		row.apart = atol(apart + 2);
		*apart = 0;
	}
	row.script = strdup(script);
	row.label = strdup(trim(label));
	rows = realloc(rows, (n_rows + 1) * sizeof(row));
	rows[n_rows++] = row;
}

/* Reads the rows that are for this kernel; ends the program when it can't. */
void read_listed(const char *path)
{
	FILE *f = fopen(path, "r");
	size_t size = 0;
	char *line = NULL;

	if (!f) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		exit(1);
	}
	while (getline(&line, &size, f) > 0)
		if (*line != '#' && *trim(line))
			add_row(line);
	fclose(f);
	free(line);
}

/* What stands behind " = ", as a number; false when it is none. */
static bool number_of(const char *line, long *value)
{
	const char *at = strstr(line, " = ");
	char *end;

	if (!at)
		return false;
	*value = strtol(at + 3, &end, 10);
	return end != at + 3 && !*end;
}

static bool near_enough(const struct row *row, const char *tcp, const char *etp)
{
	long a, b;

	if (row->apart < 0)
		return true;
	return number_of(tcp, &a) && number_of(etp, &b) && labs(a - b) <= row->apart;
}

/* Does a row give the reason why these two lines differ? */
bool is_listed(const char *script, const char *tcp, const char *etp)
{
	const char *end = strstr(tcp, " = ");
	char *label = end ? strndup(tcp, end - tcp) : strdup(tcp);
	bool found = false;

	for (int i = 0; i < n_rows && !found; i++) {
		if (fnmatch(rows[i].script, script, 0) ||
		    fnmatch(rows[i].label, label, 0) ||
		    !near_enough(&rows[i], tcp, etp))
			continue;
		rows[i].seen++;
		found = true;
	}
	free(label);
	return found;
}

/* Tells the rows that no difference needed, and returns how many. */
int show_idle_rows(void)
{
	int n = 0;

	for (int i = 0; i < n_rows; i++) {
		if (rows[i].seen)
			continue;
		printf("# listed, and not seen%s: %s | %s\n",
		       rows[i].maybe ? ", as may be" : "", rows[i].script,
		       rows[i].label);
		n += !rows[i].maybe;
	}
	return n;
}
