/// A named way to try something else on instances.
struct Variation: Sendable {
  let name: String
  let cost: Claim.Cost
  let trial: @Sendable (Recipe) -> Trial?
  let exhibit: @Sendable (Recipe) -> Exhibit?

  init<I: Instance>(
    name: String, cost: Claim.Cost, instances: @escaping @Sendable (inout Draw) -> I?,
    trial: @escaping @Sendable (Recipe) -> Trial?
  ) {
    (self.name, self.cost, self.trial) = (name, cost, trial)
    exhibit = {
      var draw = Draw($0)
      return instances(&draw)?.exhibit
    }
  }
}

/// One statement on one instance.
struct Trial: Sendable {
  let worst: Comparison
  /// Numbers in the instance.
  let size: Int
  /// The reals of which it was made.
  let reals: [Double]

  /// Nil where the recipe makes no instance that satisfies the hypotheses, or the statement says nothing about it.
  init?<I: Instance>(
    _ recipe: Recipe, _ instances: (inout Draw) -> I?, where hypotheses: (I) -> Bool,
    _ comparisons: (I) -> [Comparison]
  ) {
    var draw = Draw(recipe)
    guard let instance = instances(&draw), hypotheses(instance), let worst = comparisons(instance).worst
    else { return nil }
    self.init(worst: worst, size: instance.exhibit.size, reals: draw.reals)
  }

  private init(worst: Comparison, size: Int, reals: [Double]) {
    (self.worst, self.size, self.reals) = (worst, size, reals)
  }

  /// The same without the numbers that the recipe can make again.
  var withoutReals: Trial { Trial(worst: worst, size: size, reals: []) }
}
