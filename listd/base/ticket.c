/* ticket.c - sealed identifiers: what leaves listd and comes back
 * Gives:     ticket_seal(), ticket_open(), ticket_has_form(), base32_encode()
 * Fails:     ticket_open() says no, never why; the MAC is compared in constant time
 * Standards: RFC 5321 4.5.3.1.1 (local part of at most 64 octets: 22 of list name, "-confirm+", 32 of ticket);
 *            RFC 4648 6 (base32). The construction is SIV (RFC 5297): the MAC of the payload is the nonce of its mask. */
#include "base/ticket.h"

#include <ctype.h>

#include "base/keyring.h"

enum { PAYLOAD = 10, MAC = 10, OCTETS = PAYLOAD + MAC };

static const char ALPHABET[] = "abcdefghijklmnopqrstuvwxyz234567";

void base32_encode(const uint8_t *bytes, size_t length, char *ret_text)
{
        unsigned bits = 0, held = 0;
        for (size_t i = 0; i < length; i++) {
                held = (held << 8) | bytes[i];
                for (bits += 8; bits >= 5; bits -= 5)
                        *ret_text++ = ALPHABET[(held >> (bits - 5)) & 31];
                held &= (1u << bits) - 1;
        }
        if (bits)
                *ret_text++ = ALPHABET[(held << (5 - bits)) & 31];
        *ret_text = '\0';
}

bool ticket_has_form(const char *text, size_t length)
{
        if (length != TICKET_CHARS)
                return false;
        for (size_t i = 0; i < length; i++)
                if (!g_ascii_isalpha(text[i]) && (text[i] < '2' || text[i] > '7'))
                        return false;
        return true;
}

static void base32_decode(const char *text, uint8_t ret_octets[OCTETS])
{
        unsigned bits = 0, held = 0;
        size_t at = 0;
        for (size_t i = 0; i < TICKET_CHARS; i++) {
                char c = g_ascii_tolower(text[i]);
                unsigned value = c >= 'a' ? (unsigned) (c - 'a') : (unsigned) (c - '2') + 26;
                held = (held << 5) | value;
                bits += 5;
                if (bits >= 8) {
                        bits -= 8;
                        ret_octets[at++] = (uint8_t) (held >> bits);
                        held &= (1u << bits) - 1;
                }
        }
}

static void make_mac(const struct keyring *keyring, enum ticket_kind kind, int64_t list_id, const uint8_t *payload,
                     uint8_t ret_mac[MAC])
{
        uint8_t input[1 + PAYLOAD];
        uint8_t hash[HASH_BYTES];
        input[0] = (uint8_t) kind;
        memcpy(input + 1, payload, PAYLOAD);
        keyring_hash(keyring, KEY_TICKET_MAC, list_id, input, sizeof input, hash);
        memcpy(ret_mac, hash, MAC);
}

static void apply_mask(const struct keyring *keyring, const uint8_t *mac, uint8_t *payload)
{
        uint8_t hash[HASH_BYTES];
        keyring_hash(keyring, KEY_TICKET_MASK, 0, mac, MAC, hash);
        for (int i = 0; i < PAYLOAD; i++)
                payload[i] ^= hash[i];
}

void ticket_seal(const struct keyring *keyring, enum ticket_kind kind, int64_t list_id, const struct ticket *ticket,
                 char ret_text[TICKET_CHARS + 1])
{
        uint8_t octets[OCTETS];
        for (int i = 0; i < 5; i++)
                octets[i] = (uint8_t) (ticket->subject >> (8 * i));
        for (int i = 0; i < 3; i++)
                octets[5 + i] = (uint8_t) (ticket->context >> (8 * i));
        octets[8] = (uint8_t) ticket->day;
        octets[9] = (uint8_t) (ticket->day >> 8);
        make_mac(keyring, kind, list_id, octets, octets + PAYLOAD);
        apply_mask(keyring, octets + PAYLOAD, octets);
        base32_encode(octets, sizeof octets, ret_text);
}

bool ticket_open(const struct keyring *keyring, enum ticket_kind kind, int64_t list_id, const char *text,
                 struct ticket *ret_ticket)
{
        uint8_t octets[OCTETS], mac[MAC];
        if (!ticket_has_form(text, strlen(text)))
                return false;
        base32_decode(text, octets);
        apply_mask(keyring, octets + PAYLOAD, octets);
        make_mac(keyring, kind, list_id, octets, mac);
        if (!bytes_equal(mac, octets + PAYLOAD, MAC))
                return false;
        *ret_ticket = (struct ticket){ .day = (uint16_t) (octets[8] | octets[9] << 8) };
        for (int i = 0; i < 5; i++)
                ret_ticket->subject |= (int64_t) octets[i] << (8 * i);
        for (int i = 0; i < 3; i++)
                ret_ticket->context |= (uint32_t) octets[5 + i] << (8 * i);
        return true;
}
