"""Keys of one deployment: pseudonyms, post keys, payload and vault encryption.

Each purpose has its own random key in its own file (mode 0600) under VIGIE_HOME/keys, apart from
the store. Account pseudonyms use one key per quarter of the post's date, so that an account
cannot be followed across quarters; post keys use one lasting key, so that a post is recognised
when it is met again (docs/data-protection.md).
"""

import os
import secrets
import zlib
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from backports import zstd
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from config.errors import StoreError

KEY_BYTES = 32
HASH_BLOCK = 64  # of SHA-256
INNER_PAD, OUTER_PAD = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
NONCE_BYTES = 12
LASTING = ("post", "payload", "vault", "fingerprint", "optout")
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
PAYLOAD_LEVEL = 3  # packs JSON as small as zlib's 6 in a fraction of its time


def quarter_of(moment: datetime) -> str:
    """Calendar quarter of a moment, as `2024Q3`."""
    return f"{moment.year}Q{(moment.month - 1) // 3 + 1}"


class Keyring:
    """The keys of one deployment, made when first needed and read from files afterwards."""

    def __init__(self, directory: Path, *, seed: str | None = None) -> None:
        """Open the keys in `directory`; with `seed` (demo and tests only) they are derived."""
        self.directory = directory
        self._seed = seed
        self._keys: dict[str, bytes] = {}
        self._ciphers: dict[str, AESGCM] = {}
        self._begun: dict[str, tuple[Any, Any]] = {}

    def post_id(self, platform: str, platform_id: str) -> str:
        """Keyed id (32 hex digits) of a post, the same whenever the post is met."""
        return self._digest("post", f"{platform}\x1f{platform_id}")[:32]

    def pseudonym(self, platform: str, account_id: str, created_at: datetime) -> str:
        """Keyed pseudonym (24 hex digits) of an account, valid for the post's quarter only."""
        quarter = quarter_of(created_at)
        digest = self._digest(f"pseudonym-{quarter}", f"{platform}\x1f{account_id}")
        return digest[:24]

    def pseudonyms(self, platform: str, account_id: str) -> dict[str, str]:
        """Quarter -> pseudonym of an account, for every quarter whose key still exists."""
        made = (path.stem.removeprefix("pseudonym-") for path in self._quarter_keys())
        text = f"{platform}\x1f{account_id}"
        return {quarter: self._digest(f"pseudonym-{quarter}", text)[:24] for quarter in made}

    def opt_out_hash(self, platform: str, account_id: str) -> str:
        """Keyed hash (64 hex digits) of an account that asked not to be collected."""
        return self._digest("optout", f"{platform}\x1f{account_id}")

    def fingerprint(self, digest: str) -> str:
        """Keyed form (32 hex digits) of a plain fingerprint: equal for equal ones, and without
        the key no text can be tried against it."""
        return self._digest("fingerprint", digest)[:32]

    def encrypt_payload(self, body: bytes) -> bytes:
        """Compress and encrypt a body as received (AES-256-GCM, random nonce in front)."""
        return self._encrypt("payload", zstd.compress(body, PAYLOAD_LEVEL))

    def decrypt_payload(self, ciphertext: bytes) -> bytes:
        """Give back a body as received; StoreError when the key is not the one it was made with."""
        packed = self._decrypt("payload", ciphertext)
        # Earlier versions of Vigie packed with zlib.
        return zstd.decompress(packed) if packed.startswith(ZSTD_MAGIC) else zlib.decompress(packed)

    def encrypt_platform_id(self, platform_id: str) -> bytes:
        """Encrypt a platform id for the vault."""
        return self._encrypt("vault", platform_id.encode())

    def decrypt_platform_id(self, ciphertext: bytes) -> str:
        """Give back a platform id from the vault."""
        return self._decrypt("vault", ciphertext).decode()

    def ensure(self, quarters: Iterable[str]) -> None:
        """Make every lasting key, and the pseudonym keys of the given quarters, if missing."""
        for purpose in (*LASTING, *(f"pseudonym-{q}" for q in quarters)):
            self._key(purpose)

    def _quarter_keys(self) -> list[Path]:
        return sorted(self.directory.glob("pseudonym-*.key"))

    def _digest(self, purpose: str, text: str) -> str:
        """HMAC-SHA-256 (RFC 2104) of a text, as `hmac.digest` gives it at more than twice the cost.

        Both hashes begin with a block that is the key's alone, so it is hashed once.
        """
        begun = self._begun.get(purpose) or self._begin(purpose)
        inner, outer = begun[0].copy(), begun[1].copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        digest: str = outer.hexdigest()
        return digest

    def _begin(self, purpose: str) -> tuple[Any, Any]:
        block = self._key(purpose).ljust(HASH_BLOCK, b"\0")
        begun = sha256(block.translate(INNER_PAD)), sha256(block.translate(OUTER_PAD))
        self._begun[purpose] = begun
        return begun

    def _encrypt(self, purpose: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + self._cipher(purpose).encrypt(nonce, plain, purpose.encode())

    def _decrypt(self, purpose: str, ciphertext: bytes) -> bytes:
        nonce, body = ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:]
        try:
            return self._cipher(purpose).decrypt(nonce, body, purpose.encode())
        except InvalidTag as error:
            raise StoreError(
                f"the {purpose} key in {self.directory} does not open this record; "
                "restore the keys folder that belongs to this store"
            ) from error

    def _cipher(self, purpose: str) -> AESGCM:
        if purpose not in self._ciphers:
            self._ciphers[purpose] = AESGCM(self._key(purpose))
        return self._ciphers[purpose]

    def _key(self, purpose: str) -> bytes:
        if purpose not in self._keys:
            self._keys[purpose] = self._read_or_make(purpose)
        return self._keys[purpose]

    def _read_or_make(self, purpose: str) -> bytes:
        path = self.directory / f"{purpose}.key"
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            self._make(path, purpose)
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
        if len(key) != KEY_BYTES:
            raise StoreError(f"{path} is not a key of {KEY_BYTES} bytes; restore it from backup")
        return key

    def _make(self, path: Path, purpose: str) -> None:
        key = (
            secrets.token_bytes(KEY_BYTES)
            if self._seed is None
            else sha256(f"{self._seed}\x1f{purpose}".encode()).digest()
        )
        # Written whole under another name, then linked: two processes that start together
        # agree on one key, and a crash leaves no half key behind.
        draft = path.with_suffix(f".{os.getpid()}.draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.hex())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
