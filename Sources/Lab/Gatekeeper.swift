import Foundation

/// Which requests are let in: those that name this server by an address, not by a name that someone else may point here.
///
/// A page of another site can make a browser send requests to 127.0.0.1, and, by pointing a name of its own there (DNS rebinding), even read the answers. Such
/// requests carry that name in `Host`, or their own page in `Origin`.
struct Gatekeeper: Sendable {
  /// The address or name that the server was told to listen on.
  let host: String

  /// Whether only this machine is served.
  var isLocal: Bool { Self.isLoopback(host) }

  /// Why a request is turned away; nil if it is welcome.
  func refusal(host header: String?, origin: String?, fetchSite: String?) -> String? {
    guard let header, !header.isEmpty else { return "a request must say its Host." }
    let name = Self.name(of: header)
    let isKnown =
      isLocal
      ? Self.isLoopback(name) : name == host.lowercased() || Self.isLoopback(name) || Self.isAddress(name)
    guard isKnown else {
      return "the Host “\(header.prefix(80))” is not this server; open it by its address."
    }
    if let origin, origin != "http://\(header)" {
      return "requests from the page “\(origin.prefix(80))” are not answered."
    }
    // Links from elsewhere may open the page, but nothing else of it.
    if fetchSite == "cross-site" { return "requests from another site are not answered." }
    return nil
  }

  /// The host of `host:port` or `[address]:port`, in lower case.
  static func name(of header: String) -> String {
    let text = header.lowercased()
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      // Nothing but a port may follow: “[::1]evil.example” is another name.
      let rest = text[text.index(after: end)...]
      guard rest.isEmpty || rest.wholeMatch(of: /:[0-9]*/) != nil else { return text }
      return String(text[text.index(after: text.startIndex)..<end])
    }
    return String(text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)[0])
  }

  static func isLoopback(_ name: String) -> Bool {
    name == "localhost" || name == "::1" || (name.hasPrefix("127.") && isAddress(name))
  }

  static func isAddress(_ name: String) -> Bool {
    var four = in_addr()
    var six = in6_addr()
    return inet_pton(AF_INET, name, &four) == 1 || inet_pton(AF_INET6, name, &six) == 1
  }
}
