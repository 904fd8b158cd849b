/* The header of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt), which a proxy sends before all other
 * bytes of a connection. It names the client of the proxy.
 *
 * A header is read as it arrives, in any pieces. Of an extension (TLV) only the length is read. A header for a connection
 * that the proxy makes for itself (LOCAL, UNKNOWN), or whose client has no IP address or no TCP, names no address. */

#ifndef US_PROXY_HEADER_H
#define US_PROXY_HEADER_H

#include <arpa/inet.h>
#include <string.h>

/* Version 1 has at most 107 bytes, of which the last are \r\n */
#define US_PROXY_V1_MAX 107
#define US_PROXY_V2_FIXED 16
/* The bytes of version 2 in front of its extensions: with two IPv6 addresses and two ports */
#define US_PROXY_V2_KEPT (US_PROXY_V2_FIXED + 36)

static const char US_PROXY_V1_SIGNATURE[] = "PROXY ";
static const char US_PROXY_V2_SIGNATURE[] = "\r\n\r\n\0\r\nQUIT\n";

struct us_proxy_header_t {
    unsigned char bytes[US_PROXY_V1_MAX + 1];
    unsigned int received;
    /* That of version 2, all bytes; 0 while it is unknown */
    unsigned int length;
    int is_complete;
    /* 4 or 16 bytes of the client's address; none if the header names no address */
    unsigned char address[16];
    int address_length;
};

/* Whether a text of digits is a port */
static inline int us_proxy_is_port(const char *text) {
    unsigned int port = 0, digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < 5; digits++) {
        port = port * 10 + (unsigned int) (text[digits] - '0');
    }
    return digits && !text[digits] && port <= 65535 && (text[0] != '0' || digits == 1);
}

/* Reads the text between "PROXY " and the end of the line. Returns 0 for a malformed one */
static inline int us_proxy_parse_v1(struct us_proxy_header_t *header) {
    char *text = (char *) header->bytes + sizeof(US_PROXY_V1_SIGNATURE) - 1;
    char *end = (char *) header->bytes + header->received - 2;
    for (char *c = text; c != end; c++) {
        if (*c < ' ' || *c > '~') {
            return 0;
        }
    }
    *end = 0;
    if (!strncmp(text, "UNKNOWN", 7) && (!text[7] || text[7] == ' ')) {
        return 1;
    }

    /* TCP4 or TCP6, the addresses of the client and of the proxy, and their ports */
    char *parts[5];
    for (int i = 0; i < 5; i++) {
        char *space = strchr(text, ' ');
        if (!space != (i == 4)) {
            return 0;
        }
        parts[i] = text;
        if (space) {
            *space = 0;
            text = space + 1;
        }
    }
    int is_v6 = !strcmp(parts[0], "TCP6");
    int family = is_v6 ? AF_INET6 : AF_INET;
    unsigned char own[16];
    if ((!is_v6 && strcmp(parts[0], "TCP4")) || inet_pton(family, parts[1], header->address) != 1 ||
        inet_pton(family, parts[2], own) != 1 || !us_proxy_is_port(parts[3]) || !us_proxy_is_port(parts[4])) {
        return 0;
    }
    header->address_length = is_v6 ? 16 : 4;
    return 1;
}

/* The bytes that the addresses of a family and a protocol have; -1 for those that do not exist */
static inline int us_proxy_addresses_length(unsigned char family) {
    switch (family) {
        case 0x00: return 0;
        case 0x11: case 0x12: return 12; /* TCP and UDP over IPv4 */
        case 0x21: case 0x22: return 36; /* TCP and UDP over IPv6 */
        case 0x31: case 0x32: return 216; /* Unix */
        default: return -1;
    }
}

/* Checks the last byte that was added. Returns 0 for a malformed header */
static inline int us_proxy_check_v1(struct us_proxy_header_t *header) {
    unsigned int count = header->received;
    unsigned char last = header->bytes[count - 1];
    if (count < sizeof(US_PROXY_V1_SIGNATURE)) {
        return last == (unsigned char) US_PROXY_V1_SIGNATURE[count - 1];
    }
    if (header->bytes[count - 2] == '\r') {
        header->is_complete = last == '\n';
        return header->is_complete && us_proxy_parse_v1(header);
    }
    return count < US_PROXY_V1_MAX;
}

static inline int us_proxy_check_v2(struct us_proxy_header_t *header) {
    unsigned int count = header->received;
    const unsigned char *bytes = header->bytes;
    if (count < sizeof(US_PROXY_V2_SIGNATURE)) {
        return bytes[count - 1] == (unsigned char) US_PROXY_V2_SIGNATURE[count - 1];
    }
    int is_local = bytes[12] == 0x20;
    if (count == 13) {
        return is_local || bytes[12] == 0x21;
    }
    int needed = us_proxy_addresses_length(bytes[13]);
    if (count == 14) {
        return needed != -1;
    }
    if (count == US_PROXY_V2_FIXED) {
        header->length = US_PROXY_V2_FIXED + ((unsigned int) bytes[14] << 8) + bytes[15];
        if (!is_local && header->length < US_PROXY_V2_FIXED + (unsigned int) needed) {
            return 0;
        }
    }
    header->is_complete = header->length == count;
    return 1;
}

static inline void us_proxy_take_address_v2(struct us_proxy_header_t *header) {
    const unsigned char *bytes = header->bytes;
    if (bytes[12] == 0x21 && (bytes[13] == 0x11 || bytes[13] == 0x21)) {
        header->address_length = bytes[13] == 0x11 ? 4 : 16;
        memcpy(header->address, bytes + US_PROXY_V2_FIXED, (size_t) header->address_length);
    }
}

/* Takes bytes of a header that is not complete; all members of a new one are 0. Returns how many bytes belong to it; -1 for a
 * malformed one, of which no more may be read */
static inline int us_proxy_header_read(struct us_proxy_header_t *header, const char *data, int length) {
    int used = 0;
    while (used < length && !header->is_complete) {
        if (header->length && header->received >= US_PROXY_V2_KEPT) {
            unsigned int rest = header->length - header->received;
            unsigned int skipped = rest < (unsigned int) (length - used) ? rest : (unsigned int) (length - used);
            header->received += skipped;
            used += (int) skipped;
            header->is_complete = skipped == rest;
        } else {
            header->bytes[header->received++] = (unsigned char) data[used++];
            int is_v1 = header->bytes[0] == 'P';
            if (!(is_v1 ? us_proxy_check_v1(header) : us_proxy_check_v2(header))) {
                return -1;
            }
        }
    }
    if (header->is_complete && header->bytes[0] != 'P') {
        us_proxy_take_address_v2(header);
    }
    return used;
}

#endif // US_PROXY_HEADER_H
