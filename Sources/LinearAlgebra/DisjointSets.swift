/// Sets of the numbers below a count, joined one by one.
package struct DisjointSets {
  private var parent: [Int]

  /// Every number by itself.
  package init(count: Int) { parent = Array(0..<count) }

  /// The smallest number of the set of x.
  package mutating func root(_ x: Int) -> Int {
    var x = x
    while parent[x] != x {
      parent[x] = parent[parent[x]]
      x = parent[x]
    }
    return x
  }

  /// Makes one set of those of x and y.
  package mutating func join(_ x: Int, _ y: Int) {
    let (a, b) = (root(x), root(y))
    if a != b { parent[max(a, b)] = min(a, b) }
  }

  /// The sets, each in increasing order, by their smallest numbers.
  package var sets: [[Int]] {
    var copy = self
    let members = Dictionary(grouping: parent.indices) { copy.root($0) }
    return members.keys.sorted().map { members[$0]! }
  }
}
