"""Sign a picture with content credentials (C2PA), as services do: the sandbox uses it with a certificate of its own.

The certificate is made when it is first needed and kept with its key in the sandbox's folder. Nobody trusts its root.
"""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from topazdesk.disk import private_file
from topazdesk.domain.image import FileFormat
from topazdesk.errors import Code, UseError

_NAME = "topazdesk sandbox"
_YEARS = timedelta(days=3650)
_TYPES = {FileFormat.JPEG: "image/jpeg", FileFormat.PNG: "image/png", FileFormat.TIFF: "image/tiff"}
#: What the sandbox's results are: made by an algorithm, of which none was trained.
_SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"


def check_installed() -> None:
    """Raise UseError when the library for it is missing."""
    try:
        importlib.import_module("c2pa")
    except ImportError as error:
        raise UseError(
            "Content credentials need c2pa-python",
            "Install it with: pip install topazdesk[credentials]",
            code=Code.USE_OPTIONS,
        ) from error


def sign(path: Path, image_format: FileFormat, keys: Path) -> None:
    """Replace the picture at `path` by a signed copy. `keys` is the file with key and certificates (PEM). Blocking.

    Raises OSError, and ValueError when the library refuses the picture.
    """
    c2pa: Any = importlib.import_module("c2pa")
    key, chain = _keys(keys)
    manifest = {
        "claim_generator_info": [{"name": _NAME, "version": "1"}],
        "assertions": [
            {
                "label": "c2pa.actions",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": _SOURCE_TYPE}]},
            }
        ],
    }
    part = private_file.part_beside(path)
    try:
        with c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(alg=c2pa.C2paSigningAlg.ES256, sign_cert=chain, private_key=key, ta_url=None)
        ) as signer:
            builder = c2pa.Builder(json.dumps(manifest))
            with path.open("rb") as source, part.open("w+b") as target:
                builder.sign(signer, _TYPES[image_format], source, target)
        part.replace(path)
    except c2pa.C2paError as error:
        raise ValueError(f"not signed: {error}") from error
    finally:
        part.unlink(missing_ok=True)


def _keys(path: Path) -> tuple[bytes, bytes]:
    """Return the private key and the chain of certificates from the file, which is made if there is none."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = _made()
        try:
            private_file.create(path, data)
        except FileExistsError:  # another thread was faster
            data = path.read_bytes()
    key, _, chain = data.partition(b"-----BEGIN CERTIFICATE-----")
    return key, b"-----BEGIN CERTIFICATE-----" + chain


def _made() -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.now(UTC)
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def name(text: str) -> x509.Name:
        return x509.Name(
            [x509.NameAttribute(NameOID.COMMON_NAME, text), x509.NameAttribute(NameOID.ORGANIZATION_NAME, _NAME)]
        )

    def certificate(subject: str, of: ec.EllipticCurvePrivateKey, *, is_root: bool) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name(f"{_NAME} root"))
            .public_key(of.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + _YEARS)
            .add_extension(x509.BasicConstraints(is_root, None), critical=True)
            .add_extension(
                x509.KeyUsage(not is_root, False, False, False, False, is_root, is_root, False, False), critical=True
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(of.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )
        if not is_root:
            usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])  # demanded by C2PA, 14.5.1
            builder = builder.add_extension(usage, critical=False)
        return builder.sign(root_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own = certificate(_NAME, key, is_root=False).public_bytes(pem)
    return secret + own + certificate(f"{_NAME} root", root_key, is_root=True).public_bytes(pem)
