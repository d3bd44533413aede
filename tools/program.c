// SPDX-License-Identifier: GPL-2.0
/*
 * Finds a program and judges whether a preloaded library can work in it.
 *
 * The dynamic loader says nothing when it ignores LD_PRELOAD, and a static
 * program has no loader at all.  Both are visible beforehand, in the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "program.h"

#define SCRIPT_DEPTH	4	/* the kernel's own limit for #! within #! */

/* A file, mapped to read. */
struct image {
	const char *data;
	size_t size;
};

static bool image_open(struct image *img, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *data;

	if (fd < 0)
		return false;
	data = MAP_FAILED;
	if (!fstat(fd, &st) && st.st_size > 0)
		data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return false;
	img->data = data;
	img->size = st.st_size;
	return true;
}

static void image_close(struct image *img)
{
	munmap((void *)img->data, img->size);
}

/* @len bytes at @off, or NULL where the file is not that long. */
static const void *image_at(const struct image *img, size_t off, size_t len)
{
	if (off > img->size || len > img->size - off)
		return NULL;
	return img->data + off;
}

/* The header, if this is a program for the machine we run on. */
static const ElfW(Ehdr) *elf_header(const struct image *img)
{
	const ElfW(Ehdr) *hdr = image_at(img, 0, sizeof(*hdr));

	return hdr && !memcmp(hdr->e_ident, ELFMAG, SELFMAG) ? hdr : NULL;
}

static const ElfW(Phdr) *elf_segment(const struct image *img,
				     const ElfW(Ehdr) *hdr, int n)
{
	if (n >= hdr->e_phnum || hdr->e_phentsize != sizeof(ElfW(Phdr)))
		return NULL;
	return image_at(img, hdr->e_phoff + n * sizeof(ElfW(Phdr)),
			sizeof(ElfW(Phdr)));
}

/* The loader a program names, or NULL if it names none: then it is static. */
static const char *elf_loader(const struct image *img)
{
	const ElfW(Ehdr) *hdr = elf_header(img);
	const ElfW(Phdr) *seg;
	const char *name;
	int n;

	for (n = 0; hdr && (seg = elf_segment(img, hdr, n)); n++) {
		if (seg->p_type != PT_INTERP || !seg->p_filesz)
			continue;
		name = image_at(img, seg->p_offset, seg->p_filesz);
		if (name && !name[seg->p_filesz - 1])
			return name;
	}
	return NULL;
}

/*
 * Go's linker leaves its build id in a note of its own.  Such a program makes
 * its network calls itself even when it is linked to the C library.
 */
static bool elf_is_go(const struct image *img)
{
	const ElfW(Ehdr) *hdr = elf_header(img);
	const ElfW(Phdr) *seg;
	int n;

	for (n = 0; hdr && (seg = elf_segment(img, hdr, n)); n++) {
		const char *note = image_at(img, seg->p_offset, sizeof(ElfW(Nhdr)) + 4);

		if (seg->p_type == PT_NOTE && note &&
		    !memcmp(note + sizeof(ElfW(Nhdr)), "Go\0", 4))
			return true;
	}
	return false;
}

static const char *elf_unfit(const struct image *img)
{
	static char why[PATH_MAX + 64];
	const ElfW(Ehdr) *hdr = elf_header(img), *own_hdr;
	const char *loader = elf_loader(img), *own_loader;
	const char *ret = NULL;
	struct image own;

	if (!image_open(&own, "/proc/self/exe"))
		return NULL;	/* no /proc: nothing to compare with */
	own_hdr = elf_header(&own);
	own_loader = elf_loader(&own);

	if (hdr->e_ident[EI_CLASS] != own_hdr->e_ident[EI_CLASS] ||
	    hdr->e_machine != own_hdr->e_machine) {
		ret = "is for another machine than libetp-preload.so";
	} else if (elf_is_go(img)) {
		ret = "is a Go program, which makes its system calls itself";
	} else if (!loader) {
		ret = "is a static program, which loads no library";
	} else if (own_loader && strcmp(basename(loader), basename(own_loader))) {
		snprintf(why, sizeof(why), "is for another C library (%s)", loader);
		ret = why;
	}
	image_close(&own);
	return ret;
}

/* Would exec give it other privileges, so that the loader distrusts us? */
static bool gains_privileges(const char *path)
{
	struct statvfs fs;
	struct stat st;

	if (stat(path, &st))
		return false;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return false;
	if (!statvfs(path, &fs) && (fs.f_flag & ST_NOSUID))
		return false;
	if ((st.st_mode & S_ISUID) && st.st_uid != getuid())
		return true;
	/* Without group execution the bit means mandatory locking. */
	if ((st.st_mode & S_ISGID) && (st.st_mode & S_IXGRP) &&
	    st.st_gid != getgid())
		return true;
	/* File capabilities are nothing new to root. */
	return getuid() && getxattr(path, "security.capability", NULL, 0) > 0;
}

/*
 * The program a script's first line names.  "#!/usr/bin/env python3" names two;
 * env itself is not interesting, what it finds is.
 */
static bool script_interpreter(const struct image *img, char path[PATH_MAX])
{
	char line[PATH_MAX], *word, *rest;
	size_t len;

	if (img->size < 3 || memcmp(img->data, "#!", 2))
		return false;
	len = img->size - 2;
	if (len >= sizeof(line))
		len = sizeof(line) - 1;
	memcpy(line, img->data + 2, len);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';

	word = strtok_r(line, " \t", &rest);
	if (!word)
		return false;
	if (!strcmp(basename(word), "env")) {
		char *found = strtok_r(NULL, " \t", &rest);

		if (found && !strcmp(found, "-S"))
			found = strtok_r(NULL, " \t", &rest);
		/* Anything more artful is env's business. */
		if (found && *found != '-' && !strchr(found, '='))
			return !program_find(found, path);
	}
	return snprintf(path, PATH_MAX, "%s", word) < PATH_MAX;
}

const char *program_unfit(const char *path, char culprit[PATH_MAX])
{
	static const char privileged[] =
		"gains privileges (set-ID or file capabilities), so its loader ignores preloads";
	const char *why = NULL;
	bool script = true;
	struct image img;
	int depth;

	snprintf(culprit, PATH_MAX, "%s", path);
	for (depth = 0; !why && script && depth <= SCRIPT_DEPTH; depth++) {
		char next[PATH_MAX];

		/* A file one may execute but not read: only exec can tell. */
		if (!image_open(&img, culprit)) {
			return gains_privileges(culprit) ? privileged : NULL;
		}
		script = script_interpreter(&img, next);
		/* The kernel ignores the set-ID bits of scripts. */
		if (!script && gains_privileges(culprit))
			why = privileged;
		else if (elf_header(&img))
			why = elf_unfit(&img);
		else if (img.size >= SELFMAG && !memcmp(img.data, ELFMAG, SELFMAG))
			why = "is the beginning of a program only";
		image_close(&img);
		if (script)
			memcpy(culprit, next, PATH_MAX);
	}
	return why;
}

/* 0 or an errno. */
static int executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return EACCES;
	return 0;
}

int program_find(const char *name, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH"), *end;
	int err, kept = ENOENT;

	if (strchr(name, '/')) {
		if (snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		errno = executable(path);
		return errno ? -1 : 0;
	}

	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (; *name; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		/* An empty entry is the current directory. */
		err = ENAMETOOLONG;
		if (snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - dirs), dirs,
			     end == dirs ? "./" : "/", name) < PATH_MAX)
			err = executable(path);
		if (!err)
			return 0;
		/* As the shell: one that is there but not ours to run is remembered. */
		if (err == EACCES)
			kept = err;
		if (!*end)
			break;
	}
	errno = kept;
	return -1;
}
