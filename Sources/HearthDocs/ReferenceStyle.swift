import Crypto
import Foundation

/// The reference page's style sheet, which is embedded in the page. The Content-Security-Policy contains its digest.
enum ReferenceStyle {
    static let text =
        """
        :root{color-scheme:light dark;--line:#8886;--soft:#8882;--link:#0842a0}\
        @media(prefers-color-scheme:dark){:root{--link:#a8c7fa}}\
        *{box-sizing:border-box}body{font:1rem/1.55 system-ui,sans-serif;margin:0;overflow-wrap:anywhere}\
        header,main{padding:1rem 1.25rem;max-width:68rem}a{color:var(--link)}\
        a:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:2px}\
        .skip{position:absolute;left:-99rem}.skip:focus{left:.5rem;top:.5rem;background:Canvas;padding:.5rem}\
        nav{padding:0 1.25rem;font-size:.9rem}nav ul{padding-left:1rem}\
        @media(min-width:64rem){nav{position:fixed;top:0;left:0;bottom:0;width:17rem;overflow-y:auto;border-right:1px solid var(--line)}\
        header,main{margin-left:17rem}}\
        h1,h2,h3{line-height:1.25}h2{margin-top:3rem;border-bottom:1px solid var(--line)}h3{margin-top:2.5rem}\
        code,pre{font:.9em/1.45 ui-monospace,monospace}code{background:var(--soft);padding:.1em .25em;border-radius:.2em}\
        pre{background:var(--soft);padding:.75rem;overflow-x:auto;border-radius:.4rem}pre code{background:none;padding:0}\
        table{border-collapse:collapse;margin:1rem 0;width:100%}th,td{border:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}\
        .call code{font-weight:600}
        """

    static let digest = Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
}
