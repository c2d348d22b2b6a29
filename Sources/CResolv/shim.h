#pragma once
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>

typedef struct __res_state resolver_state;

// The resolver's names are macros, which Swift does not see.
static inline int resolver_open(resolver_state *state) { return res_ninit(state); }
static inline void resolver_close(resolver_state *state) { res_nclose(state); }
static inline int resolver_query(resolver_state *state, const char *name, int type, unsigned char *answer, int size) {
    return res_nquery(state, name, ns_c_in, type, answer, size);
}
static inline int resolver_error(const resolver_state *state) { return state->res_h_errno; }
static inline int resolver_expand(
    const unsigned char *message, const unsigned char *end, const unsigned char *source, char *name, int size) {
    return dn_expand(message, end, source, name, size);
}
