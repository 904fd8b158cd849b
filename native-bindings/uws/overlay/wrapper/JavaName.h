/* The text of a name as Java's X500Principal.getName() has it, which Kafka's rules for principals are written for: RFC 2253, with
 * the names of nine attributes. Other attributes are their object identifiers, with the value in hexadecimal DER. */

#ifndef SLUICE_JAVA_NAME_H
#define SLUICE_JAVA_NAME_H

#include <openssl/crypto.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/* Those of RFC 2253, 2.3. Null for others. */
inline const char *javaKeyword(const ASN1_OBJECT *attribute) {
    switch (OBJ_obj2nid(attribute)) {
        case NID_commonName: return "CN";
        case NID_countryName: return "C";
        case NID_localityName: return "L";
        case NID_stateOrProvinceName: return "ST";
        case NID_organizationName: return "O";
        case NID_organizationalUnitName: return "OU";
        case NID_streetAddress: return "STREET";
        case NID_domainComponent: return "DC";
        case NID_userId: return "UID";
        default: return nullptr;
    }
}

/* Java takes the bytes of these types for UTF-8. */
inline bool isJavaText(const ASN1_STRING *value) {
    switch (ASN1_STRING_type(value)) {
        case V_ASN1_PRINTABLESTRING: case V_ASN1_UTF8STRING: case V_ASN1_T61STRING: case V_ASN1_IA5STRING:
        case V_ASN1_GENERALSTRING: case V_ASN1_BMPSTRING: case V_ASN1_UNIVERSALSTRING:
            return true;
        default:
            return false;
    }
}

inline std::string escapedForJava(std::string_view value) {
    auto isBlank = [](char c) { return c == ' ' || c == '\r'; };
    size_t begin = 0, end = value.length();
    while (begin < end && isBlank(value[begin])) {
        begin++;
    }
    while (end > begin && isBlank(value[end - 1])) {
        end--;
    }
    std::string text;
    for (size_t i = 0; i < value.length(); i++) {
        if (value[i] == '\0') {
            text += "\\00";
            continue;
        }
        bool isOutside = i < begin || i >= end;
        if (isOutside || std::string_view(",=+<>#;\"\\").find(value[i]) != std::string_view::npos) {
            text += '\\';
        }
        text += value[i];
    }
    return text;
}

inline std::optional<std::string> hexOf(const ASN1_STRING *value) {
    ASN1_TYPE type = {};
    type.type = ASN1_STRING_type(value);
    type.value.asn1_string = (ASN1_STRING *) value;
    unsigned char *der = nullptr;
    int length = i2d_ASN1_TYPE(&type, &der);
    if (length <= 0) {
        return std::nullopt;
    }
    std::string text = "#";
    for (int i = 0; i < length; i++) {
        text += "0123456789abcdef"[der[i] >> 4];
        text += "0123456789abcdef"[der[i] & 15];
    }
    OPENSSL_free(der);
    return text;
}

/* Returns nothing for a name that cannot be encoded. */
inline std::optional<std::string> javaName(const X509_NAME *name) {
    std::string text;
    int count = X509_NAME_entry_count(name);
    /* The last relative name comes first; the attributes of one keep their order. */
    for (int end = count; end > 0;) {
        int begin = end - 1;
        int set = X509_NAME_ENTRY_set(X509_NAME_get_entry(name, begin));
        while (begin > 0 && X509_NAME_ENTRY_set(X509_NAME_get_entry(name, begin - 1)) == set) {
            begin--;
        }
        for (int i = begin; i < end; i++) {
            const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
            const ASN1_OBJECT *attribute = X509_NAME_ENTRY_get_object(entry);
            const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
            const char *keyword = javaKeyword(attribute);
            if (i > begin) {
                text += '+';
            } else if (end != count) {
                text += ',';
            }
            if (keyword) {
                text += keyword;
            } else {
                char oid[256];
                int length = OBJ_obj2txt(oid, sizeof(oid), attribute, 1);
                if (length <= 0 || length >= (int) sizeof(oid)) {
                    return std::nullopt;
                }
                text.append(oid, (size_t) length);
            }
            text += '=';
            if (keyword && isJavaText(value)) {
                text += escapedForJava({(const char *) ASN1_STRING_get0_data(value), (size_t) ASN1_STRING_length(value)});
            } else {
                std::optional<std::string> hex = hexOf(value);
                if (!hex) {
                    return std::nullopt;
                }
                text += *hex;
            }
        }
        end = begin;
    }
    return text;
}

}

#endif
