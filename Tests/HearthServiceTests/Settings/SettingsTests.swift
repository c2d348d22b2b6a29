import Configuration
import Foundation
import HearthRules
import HearthTesting
import HummingbirdCore
import Testing

@testable import HearthConsole
@testable import HearthCore

@Suite("Settings that are compared with what comes from outside")
struct SettingsTests {
    private func read(_ change: [AbsoluteConfigKey: ConfigValue]) throws -> Settings {
        var values = TestService.values(database: "postgresql://nobody@/nothing?host=/nowhere")
        for (key, value) in change { values[key] = value }
        return try Settings(ConfigReader(provider: InMemoryProvider(values: values)))
    }

    private func problems(_ change: [AbsoluteConfigKey: ConfigValue]) -> [String] {
        do {
            _ = try read(change)
            return []
        } catch {
            return (error as? SettingsProblem)?.problems ?? ["\(error)"]
        }
    }

    @Test(
        "the public URL is brought into the form of Origin",
        arguments: [
            ("https://hearth.example.com", "https://hearth.example.com"),
            ("https://hearth.example.com/", "https://hearth.example.com"),
            ("https://hearth.example.com//", "https://hearth.example.com"),
            (" https://Hearth.Example.COM:443/ ", "https://hearth.example.com"),
            ("HTTPS://hearth.example.com", "https://hearth.example.com"),
            ("https://hearth.example.com:8443", "https://hearth.example.com:8443"),
            ("http://127.0.0.1:80", "http://127.0.0.1"), ("http://[::1]:8080/", "http://[::1]:8080"),
        ])
    func publicURL(text: String, kept: String) throws {
        let settings = try read(["hearth.public.url": .init(stringLiteral: text)])
        #expect(settings.publicURL == kept)
        #expect(settings.microsoft.redirectURI == kept + "/oauth/microsoft/callback")
        #expect(ConsoleOrigin(publicURL: settings.publicURL).text == kept)
    }

    @Test(
        "a public URL that cannot be served is refused by name, and says what is wrong with it",
        arguments: [
            ("https://host.example/hearth", "path /hearth"), ("https://host.example/hearth/", "path /hearth"),
            ("https://host.example?x=1", "without a query"), ("https://host.example/#top", "without a fragment"),
            ("https://ann@host.example", "without a user"), ("https://ann:secret@host.example", "without a user"),
            ("hearth.example", "absolute URL"), ("https://", "absolute URL"), ("ftp://host.example", "absolute URL"),
            ("https://bücher.example", "ASCII"), ("https://host .example", "absolute URL"),
            ("https://host.example:0", "port"),
        ])
    func refusedPublicURL(text: String, words: String) {
        let found = problems(["hearth.public.url": .init(stringLiteral: text)])
        #expect(found.count == 1)
        #expect(found.allSatisfy { $0.hasPrefix("HEARTH_PUBLIC_URL ") && $0.contains(words) }, "\(found)")
        #expect(!found.joined().contains("secret"))
    }

    @Test("the authority has no path, and Graph's address has one")
    func microsoftURLs() throws {
        let settings = try read([
            "hearth.microsoft.authority": "https://LOGIN.microsoftonline.com/",
            "hearth.graph.url": "https://Graph.microsoft.com/v1.0/",
        ])
        #expect(settings.microsoft.authority == "https://login.microsoftonline.com")
        #expect(settings.microsoft.graph == "https://graph.microsoft.com/v1.0")
        #expect(
            problems(["hearth.microsoft.authority": "https://login.microsoftonline.com/common"]).first?
                .hasPrefix("HEARTH_MICROSOFT_AUTHORITY has the path /common") == true)
        #expect(
            problems(["hearth.graph.url": "https://graph.microsoft.com/"]).first?
                .hasPrefix("HEARTH_GRAPH_URL must end in a version") == true)
    }

    @Test(
        "a client id is a GUID in lower case",
        arguments: [
            "5D1F3A50-0000-4000-8000-0000000E2E00", " 5d1f3a50-0000-4000-8000-0000000e2e00 ",
            "5d1f3a50-0000-4000-8000-0000000e2e00\n",
        ])
    func clientID(text: String) throws {
        let settings = try read(["hearth.microsoft.client.id": .init(stringLiteral: text)])
        #expect(settings.microsoft.clientID == "5d1f3a50-0000-4000-8000-0000000e2e00")
    }

    @Test(
        "what is no GUID is refused by name",
        arguments: [
            "{5d1f3a50-0000-4000-8000-0000000e2e00}", "5d1f3a500000400080000000000e2e00", "my-app", "app.example",
            "5d1f3a50-0000-4000-8000-0000000e2e0", "5d1f3a50-0000-4000-8000-0000000e2e0g",
        ])
    func refusedClientID(text: String) {
        let found = problems(["hearth.microsoft.client.id": .init(stringLiteral: text)])
        #expect(found.count == 1 && found[0].hasPrefix("HEARTH_MICROSOFT_CLIENT_ID must be"), "\(found)")
    }

    @Test(
        "a directory is named by a word of Microsoft's, an id or a domain",
        arguments: [
            ("Common", "common"), (" organizations", "organizations"), ("CONSUMERS", "consumers"),
            ("9188040D-6C67-4C5B-B112-36A304B66DAD", "9188040d-6c67-4c5b-b112-36a304b66dad"),
            ("Contoso.OnMicrosoft.com", "contoso.onmicrosoft.com"),
        ])
    func tenant(text: String, kept: String) throws {
        let settings = try read(["hearth.microsoft.tenant": .init(stringLiteral: text)])
        #expect(settings.microsoft.tenant == kept)
        #expect(settings.microsoft.home == (["common", "organizations", "consumers"].contains(kept) ? nil : kept))
    }

    @Test(
        "anything else is refused by name",
        arguments: ["contoso", "a/b", "con toso.com", "{x}", ".com", "a..b", "bü.de"])
    func refusedTenant(text: String) {
        for name in ["tenant", "home.tenant"] {
            let found = problems([
                AbsoluteConfigKey(stringLiteral: "hearth.microsoft.\(name)"): .init(stringLiteral: text)
            ])
            let variable = "HEARTH_MICROSOFT_" + (name == "tenant" ? "TENANT" : "HOME_TENANT")
            #expect(found.count == 1 && found[0].hasPrefix(variable + " must be"), "\(found)")
        }
        #expect(problems(["hearth.microsoft.home.tenant": "Common"]).count == 1)
    }

    @Test("a setting of white space alone is not set; white space at the ends is no part of it")
    func whiteSpace() throws {
        #expect(problems(["hearth.microsoft.client.secret": "  \n"]) == ["HEARTH_MICROSOFT_CLIENT_SECRET is not set"])
        let token = "0123456789abcdef0123456789abcdef"
        #expect(try read(["hearth.operator.token": .init(stringLiteral: " \(token)\n")]).operatorToken == token)
    }

    @Test("trusted proxies are written in the notation in which addresses are compared")
    func proxies() throws {
        #expect(problems(["hearth.trusted.proxies": "::ffff:10.0.0.0/104"]).count == 1)
        // Webhooks may be sent to a network behind NAT64.
        #expect(try read(["hearth.webhook.allow.networks": "64:ff9b::/96"]).webhookNetworks.count == 1)
        #expect(try read(["hearth.trusted.proxies": "10.0.0.0/8, fd00::/8, ::1"]).trustedProxies.count == 3)
    }

    @Test("an IPv6 address to listen at stands in brackets")
    func listening() throws {
        #expect(try read(["hearth.operations.listen": "[::1]:9464"]).operationsAddress == .hostname("::1", port: 9464))
        #expect(try read(["hearth.host": "[::1]"]).address == .hostname("::1", port: 8080))
        for text in ["::1:9464", ":9464", "host:70000", "host"] {
            #expect(problems(["hearth.operations.listen": .init(stringLiteral: text)]).count == 1, "\(text)")
        }
    }

    @Test("a file that changes counts from the next look on, and one that goes away leaves what there was")
    func watchedFile() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "first\n".write(toFile: path, atomically: true, encoding: .utf8)
        let value = WatchedValue("first", of: path)
        try "second \n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(value.text == "first")
        await value.look()
        #expect(value.text == "second")
        try FileManager.default.removeItem(atPath: path)
        await value.look()
        #expect(value.text == "second")
        try "".write(toFile: path, atomically: true, encoding: .utf8)
        await value.look()
        #expect(value.text == "second")
    }
}
