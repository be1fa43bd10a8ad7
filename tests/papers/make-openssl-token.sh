#!/bin/sh
# Makes openssl-token.json: a MIS Pay token as the vendor's server would wrap it, made by OpenSSL 3 and not by our code.
#   base64( salt[16] | nonce[12] | ciphertext | tag[16] ), AES-256-GCM,
#   key = PBKDF2-HMAC-SHA256(secret, salt, 40 000 rounds, 32 bytes)
# The key comes from `openssl kdf`, the JWT's signature from `openssl dgst`. `openssl enc` cannot do GCM, so the cipher is a
# few lines of C on libcrypto. Secret, salt and nonce are dummies and fixed: a second run writes the same file.
# Needs: openssl 3, a C compiler, libssl-dev. Usage: ./make-openssl-token.sh
set -eu
cd "$(dirname "$0")"

secret='dummy-app-secret-for-tests'
rounds=40000
salt=000102030405060708090a0b0c0d0e0f
nonce=a0a1a2a3a4a5a6a7a8a9aaab

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
head=$(printf '%s' '{"alg":"HS256","typ":"JWT"}' | base64url)
body=$(printf '%s' '{"sub":"1234567890","name":"John Doe","iat":1516239022,"exp":1516242622}' | base64url)
sign=$(printf '%s' "$head.$body" | openssl dgst -sha256 -hmac 'dummy-signing-key' -binary | base64url)
jwt="$head.$body.$sign"

key=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "pass:$secret" -kdfopt "hexsalt:$salt" \
  -kdfopt "iter:$rounds" PBKDF2 | tr -d ':\n')

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat > "$work/seal.c" <<'C'
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

static void unhex(const char *text, unsigned char *bytes, int count) {
    for (int i = 0; i < count; i++) sscanf(text + 2 * i, "%2hhx", &bytes[i]);
}

/* seal KEY NONCE PLAIN: writes ciphertext and tag, raw. */
int main(int argc, char **argv) {
    unsigned char key[32], nonce[12], sealed[4096], tag[16];
    int length = 0, rest = 0, size;
    if (argc != 4 || (size = (int)strlen(argv[3])) > (int)sizeof sealed) return 2;
    unhex(argv[1], key, 32);
    unhex(argv[2], nonce, 12);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int good = context != NULL
        && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, NULL, NULL)
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_IVLEN, 12, NULL)
        && EVP_EncryptInit_ex(context, NULL, NULL, key, nonce)
        && EVP_EncryptUpdate(context, sealed, &length, (unsigned char *)argv[3], size)
        && EVP_EncryptFinal_ex(context, sealed + length, &rest)
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag);
    EVP_CIPHER_CTX_free(context);
    if (!good) return 1;
    fwrite(sealed, 1, (size_t)(length + rest), stdout);
    fwrite(tag, 1, 16, stdout);
    return 0;
}
C
cc -Wall -Wextra -o "$work/seal" "$work/seal.c" -lcrypto

"$work/seal" "$key" "$nonce" "{\"token\":\"$jwt\"}" > "$work/sealed"
hex_bytes() { printf '%s' "$1" | sed 's/../\\x&/g' | xargs -0 printf '%b'; }
{ hex_bytes "$salt"; hex_bytes "$nonce"; cat "$work/sealed"; } > "$work/token"

cat > openssl-token.json <<EOF
{
  "secret": "$secret",
  "rounds": $rounds,
  "token": "$(openssl base64 -A -in "$work/token")",
  "jwt": "$jwt"
}
EOF
