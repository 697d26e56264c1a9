// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that users of the library never build it. No harness from elsewhere: what is measured here
// are ratios of paired repetitions within one run, peak memory of a child process and the error that was achieved.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "linnet", path: "..")],
  targets: [
    // LAPACK as the named reference, not through our own interface.
    .systemLibrary(name: "CReferenceLAPACK", pkgConfig: "openblas"),
    .executableTarget(
      name: "linnet-bench",
      dependencies: ["CReferenceLAPACK", .product(name: "Linnet", package: "linnet")]),
  ]
)
