/**
 * Sizes that consumers refuse to go beyond, as they are configured when nothing is said. Each is proven against the real
 * consumer in test/render/dialects/limits.real.test.ts: at the limit it takes the output, one above it does not.
 */

/**
 * nginx reads its files through a buffer of 4,096 bytes (`NGX_CONF_BUFFER` in src/core/ngx_conf_file.c), which a parameter
 * as it is written, its closing quote and the character after it must fit into. So must a comment, its `#` and the line's end.
 */
export const longestNginxParameter = 4095;

/** HAProxy takes a directive and 63 arguments on a line (`MAX_LINE_ARGS` in include/haproxy/defaults.h). */
export const mostHaproxyWords = 64;

/**
 * Bytes of one argument of a HAProxy function, `str(…)`, and of one line of its maps and lists: `tune.bufsize`, 16,384 by
 * default, less one. HAProxy refuses the argument; of a longer line it reads the rest as a line of its own.
 */
export const longestHaproxyBuffer = 16_383;

/** YAML 1.2.2 section 7.4: characters of a key without `?`, as it is written, from its first to the one before the colon. */
export const longestYamlKey = 1024;

/** RFC 1035 section 3.3: octets of one character-string, which one octet counts. */
export const longestZoneString = 255;

/** RFC 1035 section 2.3.4: octets of a label. */
export const longestZoneLabel = 63;

/** RFC 1035 section 2.3.4: characters of a whole name, without its final dot: 255 octets, two of them for both ends. */
export const longestZoneName = 253;

/** Characters of a name that the zone's origin completes: what is left is for the origin, whose length is not known. */
export const longestRelativeName = 126;

/**
 * Octets of a record's data. RFC 1035 section 3.2.1 allows 65,535; the loader of BIND 9.18 (lib/dns/master.c) has room for
 * 25 less.
 */
export const longestZoneData = 65_510;

/**
 * Bytes of `NAME=value` in the environment of a program: Linux's `MAX_ARG_STRLEN` (include/uapi/linux/binfmts.h), 131,072,
 * less the NUL at its end. With a longer one in its environment, no program can be started (execve(2), E2BIG).
 */
export const longestVariable = 131_071;
