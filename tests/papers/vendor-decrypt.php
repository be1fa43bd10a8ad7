<?php
// Opens MIS Pay's token as the vendor's own plugins do, and not by our code.
// Line 1 of the standard input is the app secret, line 2 the token:
//   base64( salt[16] | nonce[12] | ciphertext | tag[16] ), AES-256-GCM,
//   key = PBKDF2-HMAC-SHA256(secret, salt, 40 000 rounds, 32 bytes)
// Prints the plaintext. Exit 1: the tag does not fit, which is what a wrong secret looks like. Exit 2: asked wrongly.

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

$secret = rtrim((string) fgets(STDIN), "\r\n");
$sealed = base64_decode(trim((string) fgets(STDIN)), true);
if ($secret === "" || $sealed === false || strlen($sealed) <= SALT_BYTES + NONCE_BYTES + TAG_BYTES) {
    fwrite(STDERR, "a secret and a token are wanted\n");
    exit(2);
}
$salt = substr($sealed, 0, SALT_BYTES);
$nonce = substr($sealed, SALT_BYTES, NONCE_BYTES);
$tag = substr($sealed, -TAG_BYTES);
$ciphertext = substr($sealed, SALT_BYTES + NONCE_BYTES, -TAG_BYTES);

$key = hash_pbkdf2("sha256", $secret, $salt, 40000, 32, true);
$plain = openssl_decrypt($ciphertext, "aes-256-gcm", $key, OPENSSL_RAW_DATA, $nonce, $tag);
if ($plain === false) {
    fwrite(STDERR, "the tag does not fit\n");
    exit(1);
}
echo $plain;
