"""Sending a mail to the operator by SMTP, where an address and a server are set."""

import smtplib
import ssl
from email import message_from_bytes
from email.policy import SMTP
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from config.errors import ConfigError, SourceError
from config.settings import Settings

TIMEOUT_SECONDS: Final = 30
PORTS: Final = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def post_mail(settings: Settings, content: bytes) -> bool:
    """Send a message to the operator; says whether it was, since sending need not be set up.

    SourceError when the server does not take it.
    """
    if settings.smtp_url is None or settings.operator_mail is None:
        return False
    server = _parsed(settings.smtp_url.get_secret_value())
    try:
        with _connected(server) as connection:
            if server.username:
                connection.login(unquote(server.username), unquote(server.password or ""))
            connection.send_message(message_from_bytes(content, policy=SMTP))
    except (OSError, smtplib.SMTPException) as error:
        raise SourceError(
            f"the mail server {server.hostname} did not take the operator's mail "
            f"({type(error).__name__}); check VIGIE_SMTP_URL"
        ) from error
    return True


def _parsed(url: str) -> SplitResult:
    server = urlsplit(url)
    if server.scheme not in PORTS or not server.hostname:
        raise ConfigError(
            "environment",
            None,
            "VIGIE_SMTP_URL is no address of a mail server",
            "write smtp+starttls://USER:PASSWORD@HOST, smtps://.. or smtp://..",
        )
    return server


def _connected(server: SplitResult) -> smtplib.SMTP:
    host, port = server.hostname or "", server.port or PORTS[server.scheme]
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(
            host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
    connection = smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
    if server.scheme == "smtp+starttls":
        connection.starttls(context=ssl.create_default_context())
    return connection
