// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nobody else needs MPI, neither to build nor to start the command.
let package = Package(
  name: "MPI",
  products: [.executable(name: "linnet-mpi", targets: ["linnet-mpi"])],
  dependencies: [.package(name: "linnet", path: "..")],
  targets: [
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .executableTarget(
      name: "linnet-mpi", dependencies: ["CMPI", .product(name: "LinnetCommand", package: "linnet")]),
  ]
)
