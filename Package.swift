// swift-tools-version: 6.1
import PackageDescription

// Targets stand in the order of the theory: each imports only targets listed above it.
let package = Package(
  name: "linnet",
  products: [
    .library(
      name: "Linnet",
      targets: [
        "LinearAlgebra", "Integration", "LinearNetworks", "Landscape", "Regression", "ExactFlows",
        "Theory", "Completion", "DataFormats", "Samples", "Figures", "Training", "RunFiles", "Verification",
        "Report",
        "Prose",
      ]),
    // All of them by one import.
    .library(name: "LinnetKit", targets: ["LinnetKit"]),
    .executable(name: "linnet", targets: ["linnet"]),
    // For other languages: the functions of Sources/CInterface/linnet.h.
    .library(name: "LinnetC", type: .dynamic, targets: ["CInterface"]),
    // What the command is made of, for the package MPI, which adds processes that share its work.
    .library(name: "LinnetCommand", targets: ["LinnetCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
  ],
  targets: [
    .systemLibrary(
      name: "CLAPACK", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"])]),
    .systemLibrary(name: "CARPACK", pkgConfig: "arpack", providers: [.apt(["libarpack2-dev"])]),
    .systemLibrary(name: "CSUNDIALS", providers: [.apt(["libsundials-dev"])]),
    .systemLibrary(name: "CNLopt", pkgConfig: "nlopt", providers: [.apt(["libnlopt-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

    .target(name: "Prose"),
    .target(name: "LinearAlgebra", dependencies: ["CLAPACK", "CARPACK"]),
    .target(name: "Integration", dependencies: ["CSUNDIALS"]),
    .target(name: "LinearNetworks", dependencies: ["Prose", "LinearAlgebra", "Integration"]),
    .target(name: "Landscape", dependencies: ["Prose", "LinearAlgebra", "LinearNetworks"]),
    .target(name: "Regression", dependencies: ["Prose", "LinearAlgebra", "LinearNetworks"]),
    .target(
      name: "ExactFlows", dependencies: ["Prose", "LinearAlgebra", "Integration", "LinearNetworks"]),
    .target(
      name: "Theory", dependencies: ["Prose", "LinearAlgebra", "LinearNetworks", "Landscape", "ExactFlows"]),
    .target(
      name: "Completion",
      dependencies: ["Prose", "LinearAlgebra", "Integration", "LinearNetworks", "Landscape"]),
    .target(name: "DataFormats", dependencies: ["Prose", "LinearAlgebra", "CZlib"]),
    .target(name: "Samples", dependencies: ["Prose", "LinearAlgebra", "LinearNetworks", "DataFormats"]),
    .target(name: "Figures", dependencies: ["Prose"]),
    .target(
      name: "Training",
      dependencies: [
        "Prose", "LinearAlgebra", "Integration", "LinearNetworks", "Landscape", "ExactFlows", "Theory",
      ]),
    .target(
      name: "RunFiles",
      dependencies: [
        "Prose", "LinearAlgebra", "LinearNetworks", "Landscape", "Theory", "DataFormats", "Samples",
        "Figures",
        "Training",
      ]),
    .target(
      name: "Verification",
      dependencies: [
        "CNLopt", "LinearAlgebra", "Integration", "LinearNetworks", "Landscape", "ExactFlows", "Theory",
        "Training",
      ]),
    .target(
      name: "Report", dependencies: ["Prose", "Theory", "Landscape", "Training", "RunFiles"],
      resources: [.embedInCode("Page/report.css"), .embedInCode("Page/report.js")]),
    .target(
      name: "Sweeps",
      dependencies: [
        "Prose", "Theory", "Landscape", "Training", "DataFormats", "RunFiles", "Figures", "Report",
      ]),
    .target(
      name: "LinnetKit",
      dependencies: [
        "Prose", "LinearAlgebra", "Integration", "LinearNetworks", "Landscape", "Regression", "ExactFlows",
        "Theory", "Completion", "DataFormats", "Samples", "Figures", "Training", "RunFiles", "Verification",
        "Report",
      ]),
    .target(
      name: "CInterface",
      dependencies: [
        "Prose", "LinearAlgebra", "Integration", "LinearNetworks", "Landscape", "Regression", "Theory",
        "DataFormats", "Samples", "Figures", "Training", "RunFiles", "Report", "Sweeps",
      ], exclude: ["linnet.h"]),
    .target(
      name: "Lab",
      dependencies: [
        "LinearAlgebra", "LinearNetworks", "Landscape", "Theory", "DataFormats", "Samples", "ExactFlows",
        "Training", "RunFiles", "Prose", .product(name: "FlyingFox", package: "FlyingFox"),
      ], exclude: ["Page"]),
    .target(
      name: "LinnetCommand",
      dependencies: [
        "Prose", "LinearAlgebra", "Integration", "LinearNetworks", "Landscape", "Regression", "Theory",
        "Completion", "DataFormats", "Samples", "Figures", "Training", "RunFiles", "Verification", "Report",
        "Sweeps",
        "Lab",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Sources/linnet"),
    .executableTarget(name: "linnet", dependencies: ["LinnetCommand"], path: "Sources/LinnetMain"),

    .target(
      name: "TestSupport", dependencies: ["LinearAlgebra", "LinearNetworks", "Landscape"],
      path: "Tests/TestSupport", resources: [.copy("Reference")]),
    .testTarget(name: "LinearAlgebraTests", dependencies: ["LinearAlgebra", "TestSupport"]),
    .testTarget(name: "IntegrationTests", dependencies: ["Integration", "TestSupport"]),
    .testTarget(
      name: "LinearNetworksTests", dependencies: ["LinearNetworks", "Integration", "TestSupport"]),
    .testTarget(
      name: "LandscapeTests", dependencies: ["Landscape", "TestSupport"],
      exclude: ["Reference/generate.py", "Reference/README.md"],
      resources: [.copy("Reference/saddles.json"), .copy("Reference/signs.json")]),
    .testTarget(
      name: "RegressionTests", dependencies: ["Regression", "Landscape", "DataFormats", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "ExactFlowsTests", dependencies: ["ExactFlows", "Integration", "TestSupport"],
      exclude: ["Reference"]),
    .testTarget(
      name: "TheoryTests", dependencies: ["Theory", "Integration", "TestSupport"],
      resources: [.copy("Reference")]),
    .testTarget(name: "CompletionTests", dependencies: ["Completion", "TestSupport"]),
    .testTarget(
      name: "DataFormatsTests", dependencies: ["DataFormats", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "SamplesTests",
      dependencies: ["Samples", "DataFormats", "LinearNetworks", "Landscape", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(name: "FiguresTests", dependencies: ["Figures"]),
    .testTarget(
      name: "TrainingTests", dependencies: ["Training", "TestSupport"], resources: [.copy("Fixtures")]),
    .testTarget(
      name: "RunFilesTests", dependencies: ["RunFiles", "DataFormats", "LinearNetworks", "TestSupport"]),
    .testTarget(name: "VerificationTests", dependencies: ["Verification", "TestSupport"]),
    .testTarget(name: "ReportTests", dependencies: ["Report", "Training"]),
    .testTarget(name: "SweepsTests", dependencies: ["Sweeps"]),
    .testTarget(name: "LinnetKitTests", dependencies: ["LinnetKit"]),
    .testTarget(
      name: "LabTests",
      dependencies: ["linnet", "Lab", "LinearAlgebra", "LinearNetworks", "Theory", "Training"]),
    .testTarget(
      name: "linnetTests", dependencies: ["linnet", "DataFormats", "LinearAlgebra", "Theory", "TestSupport"],
      exclude: ["Fixtures"]),
  ]
)
