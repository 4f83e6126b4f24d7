"""certificate.py - a certificate of a test's own, signed by itself"""
import subprocess


def make_certificate(folder):
    """For 127.0.0.1 and localhost, two days long: (the file of the key, that of the certificate)."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate
