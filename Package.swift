// swift-tools-version: 6.2
import PackageDescription

// Shared by every Swift target. Warnings are errors: the versions below are exact, so only our own edits can cause one.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// External products used by the web target.
let web: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "Mustache", package: "swift-mustache"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]

/// Dependencies of every feature.
let feature: [Target.Dependency] = [
    "HearthRules", "HearthWeb", "HearthCore", "Outbound", "Postgres", "StrictJSON",
    .product(name: "Crypto", package: "swift-crypto"),
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]

let package = Package(
    name: "hearth",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "hearth", targets: ["hearth"]),
        .executable(name: "microsoft-simulator", targets: ["microsoft-simulator"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
    ],
    targets: [
        // The C libraries, each a two-file module.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CLibPSL", pkgConfig: "libpsl", providers: [.apt(["libpsl-dev"])]),
        .systemLibrary(name: "CResolv"),  // part of the C library

        // Infrastructure; knows nothing about campaigns, tenants or Microsoft.
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: settings),
        .target(name: "Outbound", dependencies: ["CLibCurl"], swiftSettings: settings),
        .target(name: "DNS", dependencies: ["CResolv"], swiftSettings: settings),
        .target(name: "PublicSuffix", dependencies: ["CLibPSL"], swiftSettings: settings),
        .target(name: "StrictJSON", dependencies: ["CJansson"], swiftSettings: settings),

        // Verification of identity providers' signed tokens (JWS).
        .target(
            name: "SignedTokens",
            dependencies: [
                "HearthRules", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),

        // Pure values and decisions; no I/O, no framework.
        .target(name: "HearthRules", swiftSettings: settings),

        // The service. A target imports only targets above it; features next to each other do not import each other.
        .target(
            name: "HearthWeb", dependencies: ["HearthRules", "Outbound", "StrictJSON"] + web, swiftSettings: settings),
        .target(
            name: "HearthCore",
            dependencies: [
                "DNS", "HearthRules", "HearthWeb", "Outbound", "Postgres", "StrictJSON",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "HearthMicrosoft", dependencies: ["SignedTokens"] + feature, swiftSettings: settings),

        .target(name: "HearthWebhooks", dependencies: feature, swiftSettings: settings),
        .target(name: "HearthMailboxes", dependencies: ["HearthMicrosoft"] + feature, swiftSettings: settings),
        .target(
            name: "HearthGraphMail",
            dependencies: ["HearthMicrosoft", "HearthRules", "HearthWeb", "Outbound", "StrictJSON"],
            swiftSettings: settings),
        .target(
            name: "HearthMessages",
            dependencies: [
                "HearthGraphMail", "HearthMailboxes", "HearthMicrosoft",
                .product(name: "NIOCore", package: "swift-nio"),
            ] + feature,
            swiftSettings: settings),
        .target(
            name: "HearthCampaigns",
            dependencies: ["DNS", "HearthMailboxes", "HearthMicrosoft", "PublicSuffix"] + feature,
            swiftSettings: settings),
        .target(
            name: "HearthOnboarding",
            dependencies: ["HearthCampaigns", "HearthMailboxes", "HearthMicrosoft", "SignedTokens"] + feature,
            swiftSettings: settings
        ),
        .target(
            name: "HearthOperations",
            dependencies: [
                "HearthCampaigns", "HearthMailboxes", "HearthMicrosoft", "HearthOnboarding", "HearthWebhooks",
                .product(name: "Configuration", package: "swift-configuration"),
            ] + feature,
            swiftSettings: settings
        ),
        .target(
            name: "HearthConsole",
            dependencies: [
                "HearthCampaigns", "HearthMailboxes", "HearthOnboarding", "HearthOperations", "HearthWebhooks",
                "SignedTokens",
            ] + feature,
            resources: [.embedInCode("Assets"), .embedInCode("Templates")],
            swiftSettings: settings
        ),
        .target(
            name: "HearthDocs",
            dependencies: feature + [.product(name: "Yams", package: "Yams")], swiftSettings: settings),

        // The composition root.
        .target(
            name: "HearthService",
            dependencies: [
                "HearthCampaigns", "HearthConsole", "HearthDocs", "HearthMailboxes", "HearthMessages",
                "HearthMicrosoft", "HearthOnboarding", "HearthOperations", "HearthWebhooks",
            ] + feature,
            swiftSettings: settings
        ),
        .executableTarget(
            name: "hearth",
            dependencies: [
                "HearthCore", "HearthMailboxes", "HearthOperations", "HearthRules", "HearthService",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // Imports none of the above, so that a mistake of ours cannot pass its own tests.
        .target(
            name: "MicrosoftSimulator",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "microsoft-simulator",
            dependencies: [
                "MicrosoftSimulator",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),

        // Tests. They run against a real PostgreSQL and the real simulator; see scripts/test.
        .target(name: "TestSupport", dependencies: ["Postgres"], path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "HearthTesting",
            dependencies: [
                "HearthCampaigns", "HearthMailboxes", "HearthMicrosoft", "HearthOperations", "HearthService",
                "HearthWebhooks", "MicrosoftSimulator", "TestSupport",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"),
            ] + feature,
            path: "Tests/HearthTesting",
            swiftSettings: settings
        ),
        .testTarget(name: "HearthRulesTests", dependencies: ["HearthRules", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "DNSTests", dependencies: ["DNS"], swiftSettings: settings),
        .testTarget(name: "PublicSuffixTests", dependencies: ["PublicSuffix"], swiftSettings: settings),
        .testTarget(name: "OutboundTests", dependencies: ["Outbound", "TestSupport"], swiftSettings: settings),
        .testTarget(name: "StrictJSONTests", dependencies: ["StrictJSON", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "HearthServiceTests",
            dependencies: [
                "HearthCampaigns", "HearthConsole", "HearthDocs", "HearthMailboxes", "HearthMessages",
                "HearthMicrosoft", "HearthOnboarding", "HearthOperations", "HearthService", "HearthTesting",
                "HearthWebhooks",
                "MicrosoftSimulator", "SignedTokens", "TestSupport",
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Yams", package: "Yams"),
            ] + feature,
            swiftSettings: settings
        ),
        .testTarget(
            name: "MicrosoftSimulatorTests",
            dependencies: [
                "MicrosoftSimulator",
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "JWTKit", package: "jwt-kit"),
            ],
            swiftSettings: settings
        ),
    ]
)
