"""A real SMTP server for the tests, which accepts or refuses messages as configured."""

import email
import email.policy
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from stack import free_port


class MailServer:
    """`answer(recipient)` decides about each recipient: None accepts the message, a text is the server's reply instead."""

    def __init__(self, user=None, password=None, tls=None):
        self.answer = lambda recipient: None
        self.messages, self.attempts, self.encrypted = [], [], []
        self.arrived = threading.Condition()
        server = self

        class Handler:
            async def handle_RCPT(self, _server, session, envelope, address, options):
                server.attempts.append(address)
                refusal = server.answer(address)
                if refusal:
                    return refusal
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, _server, session, envelope):
                with server.arrived:
                    server.encrypted.append(session.ssl is not None)
                    server.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
                    server.arrived.notify_all()
                return "250 Taken over"

        def authenticate(_server, _session, _envelope, _mechanism, data):
            good = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=good, handled=False)

        login = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": tls is not None} if user else {}
        self.controller = Controller(
            Handler(), hostname="127.0.0.1", port=free_port(), tls_context=tls, require_starttls=tls is not None, **login)
        self.controller.start()
        self.port = self.controller.port

    def parsed(self, recipient):
        """The messages to a recipient, parsed by Python's own parser."""
        with self.arrived:
            return [email.message_from_bytes(content, policy=email.policy.default) for _, to, content in self.messages if recipient in to]

    def close(self):
        self.controller.stop()
