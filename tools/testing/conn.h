/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A connection of which the test is the other end: what opens it, looks at it
 * and leaves nothing of it behind.
 */
#ifndef _TESTING_CONN_H
#define _TESTING_CONN_H

#include "wire.h"

extern const uint8_t mss1460[4];
extern const uint8_t mss_sack[8];
extern const char text[63];

struct conn {
	struct peer p;
	int fd;
};

void abort_at_close(int fd);
void leave_nothing(void);
void drop(int fd);

int listener(struct wire *w, uint16_t *port);
int half_open(struct wire *w, struct peer *p, struct seen *s);
int open_to(int lfd, struct wire *w, struct conn *c, const void *opt, int optlen);
int passive_with(struct wire *w, struct conn *c, const void *opt, int optlen);
int passive(struct wire *w, struct conn *c);
int opening(struct wire *w, struct conn *c, struct seen *syn);
int active_with(struct wire *w, struct conn *c, const void *opt, int optlen,
		uint16_t win);
bool read_is(int fd, const char *want, int len);
void plain_tcp(void);

#endif /* _TESTING_CONN_H */
