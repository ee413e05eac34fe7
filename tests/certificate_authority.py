"""A certificate authority of the tests' own."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
ELSEWHERE = x509.DNSName("elsewhere.example")


_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=True,
    key_cert_sign=True,
    crl_sign=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Issues certificates, valid from a day ago for *days*, into *folder*."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("test authority")
        self.file = folder / "authority.pem"
        own = self._certificate(self._name, self._key, days=2, is_authority=True)
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def server_tls(
        self, alternative: x509.GeneralName = LOOPBACK, *, days: float = 2
    ) -> ssl.SSLContext:
        """What a server needs."""
        return _server_tls(self.server_file(alternative, days=days))

    @property
    def public_key(self) -> bytes:
        """In PEM."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def own_tls(self) -> ssl.SSLContext:
        """A server that shows the authority's own certificate, signed by itself."""
        file = self._folder / "own.pem"
        file.write_bytes(_pem(self._key) + self.file.read_bytes())
        return _server_tls(file)

    def server_file(
        self, alternative: x509.GeneralName = LOOPBACK, *, days: float = 2
    ) -> Path:
        """A new key and its certificate, in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._certificate(
            _name("handler"), key, days=days, alternative=alternative
        )
        file = self._folder / "server.pem"
        public = certificate.public_bytes(serialization.Encoding.PEM)
        file.write_bytes(_pem(key) + public)
        return file

    def _certificate(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        *,
        days: float,
        alternative: x509.GeneralName = LOOPBACK,
        is_authority: bool = False,
    ) -> x509.Certificate:
        began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + datetime.timedelta(days=days))
            .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            # Python 3.13 demands these.
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    self._key.public_key()
                ),
                False,
            )
        )
        if is_authority:
            builder = builder.add_extension(_SIGNS_CERTIFICATES, critical=True)
        return builder.sign(self._key, hashes.SHA256())


def _server_tls(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
