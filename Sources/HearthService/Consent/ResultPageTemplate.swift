import Crypto
import Foundation

/// The one page of the owner's flow. No script, no other host, readable without its style.
enum ResultPageTemplate {
    /// Its digest is in the Content-Security-Policy, so no other style applies.
    static let style =
        """
        :root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:36rem;padding:3rem 1.25rem}\
        h1{font-size:1.6rem;line-height:1.25}a.action{display:inline-block;margin:1rem 1rem 0 0;padding:.7rem 1.2rem;border-radius:.4rem;\
        background:#0b57d0;color:#fff;text-decoration:none}a.action:focus-visible{outline:3px solid currentColor;outline-offset:3px}
        """

    static let styleDigest = Data(SHA256.hash(data: Data(style.utf8))).base64EncodedString()

    static let text =
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <style>\(style)</style>
        </head>
        <body>
        <main>
        <h1>{{title}}</h1>
        <p>{{text}}</p>
        {{#access}}<p>{{access}}</p>{{/access}}
        {{#withdraw}}<p>{{withdraw}}</p>{{/withdraw}}
        {{#retry}}<p><a class="action" href="{{retry}}">{{retryLabel}}</a></p>{{/retry}}
        {{#back}}<p><a class="action" href="{{back}}">{{backLabel}}</a></p>{{/back}}
        </main>
        </body>
        </html>

        """
}
