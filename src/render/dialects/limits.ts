/**
 * Size limits of consumers with their default settings. test/render/dialects/limits.real.test.ts proves each limit against the real consumer:
 * it accepts an output at the limit and refuses one above it.
 */

/**
 * nginx reads its files through a buffer of 4,096 bytes (`NGX_CONF_BUFFER` in src/core/ngx_conf_file.c). A parameter as it is written, with
 * its closing quote and the following character, must fit into the buffer. So must a comment with its `#` and the line end.
 */
export const longestNginxParameter = 4095;

/** HAProxy accepts a directive and 63 arguments on a line (`MAX_LINE_ARGS` in include/haproxy/defaults.h). */
export const mostHaproxyWords = 64;

/**
 * Bytes of one argument of a HAProxy function, `str(…)`, and of one line of its maps and lists: `tune.bufsize`, by default 16,384, minus
 * one. HAProxy refuses a longer argument. It reads the rest of a longer line as another line.
 */
export const longestHaproxyBuffer = 16_383;

/** YAML 1.2.2 section 7.4: characters of a key without `?`, as it is written, from its first to the one before the colon. */
export const longestYamlKey = 1024;

/** RFC 1035 section 3.3: octets of one character-string. Its length is stored in one octet. */
export const longestZoneString = 255;

/** RFC 1035 section 2.3.4: octets of a label. */
export const longestZoneLabel = 63;

/** RFC 1035 section 2.3.4: characters of a whole name, without its final dot: 255 octets, two of them for both ends. */
export const longestZoneName = 253;

/** Characters of a relative name, which the zone's origin completes. The length of the origin is unknown, so half of a name is left for it. */
export const longestRelativeName = 126;

/**
 * Octets of a record's data. RFC 1035 section 3.2.1 allows 65,535; the loader of BIND 9.18 (lib/dns/master.c) accepts
 * 25 fewer.
 */
export const longestZoneData = 65_510;

/**
 * Bytes of `NAME=value` in the environment of a program: Linux's `MAX_ARG_STRLEN` (include/uapi/linux/binfmts.h), 131,072,
 * minus the NUL at its end. With a longer variable in its environment, a program cannot be started (execve(2), E2BIG).
 */
export const longestVariable = 131_071;
