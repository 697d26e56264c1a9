/// Something that was recognised, done or left out and that a user may want to know.
public struct Notice: Hashable, Sendable {
  /// What, in words that name no option and no knob; without a full stop.
  public let text: String
  /// What to do if it is not as it should be.
  public let otherwise: Remedy?

  /// What was recognised, and what to do if it is wrong.
  public init(_ text: String, otherwise: Remedy? = nil) { (self.text, self.otherwise) = (text, otherwise) }

  /// The text, and the remedy with the control that does it in brackets.
  ///
  /// - Parameter control: as in ``MendableError/message(control:)``.
  public func message(control: (Remedy) -> String?) -> String {
    guard let otherwise, let name = control(otherwise) else { return text }
    return "\(text); otherwise \(otherwise)\(name.isEmpty ? "" : " (\(name))")"
  }
}
