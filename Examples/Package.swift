// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "Examples",
  dependencies: [.package(name: "linnet", path: "..")],
  targets: ["OwnArrays", "CertifyAndTrain", "SaddleToSaddle", "OwnVectorField", "OwnStatement"].map {
    .executableTarget(name: $0, dependencies: [.product(name: "LinnetKit", package: "linnet")], path: $0)
  }
)
