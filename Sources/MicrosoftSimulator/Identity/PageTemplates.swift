/// The HTML of ``Pages``. Mustache escapes every value.
enum PageTemplates {
    static let all = [
        "head": head, "foot": foot, "hidden": hidden, "message": message, "sign-in": signIn, "consent": consent,
        "approval": approval, "admin-consent": adminConsent, "form-post": formPost,
    ]

    private static let head = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}} - Microsoft simulator</title>
        <link rel="icon" href="data:,">
        <style>
        body { margin: 0; background: #f2f2f2; color: #1b1b1b; font: 16px/1.5 "Segoe UI", system-ui, sans-serif; }
        main { box-sizing: border-box; max-width: 28rem; margin: 3rem auto; padding: 2rem; background: #fff; border: 1px solid #c8c8c8; }
        h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; }
        p.note { color: #4a4a4a; font-size: .875rem; overflow-wrap: anywhere; }
        label { display: block; font-weight: 600; }
        input[type=email] { box-sizing: border-box; width: 100%; padding: .5rem; font: inherit; border: 1px solid #5c5c5c; }
        .row { display: flex; flex-wrap: wrap; gap: .5rem; justify-content: flex-end; margin-top: 1.5rem; }
        button { min-height: 2.75rem; padding: .5rem 1.25rem; font: inherit; border: 1px solid #5c5c5c; background: #fff; color: #1b1b1b; cursor: pointer; }
        button.main { background: #005a9e; border-color: #005a9e; color: #fff; }
        ul.accounts { list-style: none; padding: 0; } ul.accounts button { width: 100%; text-align: left; margin-bottom: .5rem; }
        :focus-visible { outline: 3px solid #005a9e; outline-offset: 2px; }
        </style>
        </head>
        <body>
        <main>
        <h1>{{title}}</h1>

        """

    private static let foot = """
        <p class="note">This is the Microsoft simulator. Nothing here reaches Microsoft.</p>
        </main>
        </body>
        </html>

        """

    private static let hidden = """
        {{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">
        {{/hidden}}
        """

    private static let message = """
        {{> head}}
        <p>{{text}}</p>
        {{#details}}<p class="note">{{.}}</p>
        {{/details}}
        {{> foot}}
        """

    private static let signIn = """
        {{> head}}
        <p>to continue to {{application}}</p>
        {{#hasAccounts}}<form method="post" action="{{action}}">
        {{> hidden}}
        <ul class="accounts">
        {{#accounts}}<li><button type="submit" name="simulator_account" value="{{.}}">{{.}}</button></li>
        {{/accounts}}
        </ul>
        </form>
        {{/hasAccounts}}<form method="post" action="{{action}}">
        {{> hidden}}
        <label for="account">Email address</label>
        <input type="email" id="account" name="simulator_account" value="{{address}}" autocomplete="username" required>
        <div class="row"><button type="submit" class="main">Next</button></div>
        </form>
        {{#canCancel}}
        <form method="post" action="{{action}}">
        {{> hidden}}
        <div class="row"><button type="submit" name="simulator_decision" value="cancel">Cancel</button></div>
        </form>
        {{/canCancel}}
        {{> foot}}
        """

    private static let consent = """
        {{> head}}
        <p>{{address}}</p>
        <p><strong>{{application}}</strong> ({{publisher}}) would like to:</p>
        <ul>
        {{#scopes}}<li>{{.}}</li>
        {{/scopes}}
        </ul>
        <p class="note">Accepting these permissions means that you allow this app to use your data. You can change these permissions at {{where}}.</p>
        <form method="post" action="{{action}}">
        {{> hidden}}
        <input type="hidden" name="simulator_account" value="{{address}}">
        <div class="row">
        <button type="submit" name="simulator_decision" value="decline">Cancel</button>
        <button type="submit" class="main" name="simulator_decision" value="accept">Accept</button>
        </div>
        </form>
        {{> foot}}
        """

    private static let approval = """
        {{> head}}
        <p>{{address}}</p>
        {{#isRequested}}<p>Your administrator will hear of the request. You can close this page.</p>{{/isRequested}}
        {{^isRequested}}<p><strong>{{application}}</strong> needs permission to access resources in your organisation that only an administrator can grant:</p>
        <ul>
        {{#scopes}}<li>{{.}}</li>
        {{/scopes}}
        </ul>{{/isRequested}}
        <form method="post" action="{{action}}">
        {{> hidden}}
        <input type="hidden" name="simulator_account" value="{{address}}">
        <div class="row">
        <button type="submit" name="simulator_decision" value="cancel">Return to the application without granting consent</button>
        {{#canRequest}}<button type="submit" class="main" name="simulator_decision" value="request_approval">Request approval</button>{{/canRequest}}
        </div>
        </form>
        {{> foot}}
        """

    private static let adminConsent = """
        {{> head}}
        <p><strong>{{application}}</strong> would like, for every user of {{organization}}, to:</p>
        <ul>
        {{#scopes}}<li>{{.}}</li>
        {{/scopes}}
        </ul>
        <form method="post" action="{{action}}">
        {{> hidden}}
        <input type="hidden" name="simulator_account" value="{{account}}">
        <div class="row">
        <button type="submit" name="simulator_decision" value="decline">Cancel</button>
        <button type="submit" class="main" name="simulator_decision" value="accept">Accept</button>
        </div>
        </form>
        {{> foot}}
        """

    private static let formPost = """
        {{> head}}
        <form method="post" action="{{action}}" id="answer">
        {{> hidden}}
        <div class="row"><button type="submit" class="main">Continue</button></div>
        </form>
        <script>document.getElementById("answer").submit();</script>
        {{> foot}}
        """
}
