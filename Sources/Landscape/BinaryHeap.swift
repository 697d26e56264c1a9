/// A collection from which the lowest element is taken first: a binary heap.
///
/// Complexity: O(log n) for inserting and taking.
///
/// Source: Williams, "Algorithm 232: Heapsort", Communications of the ACM (1964).
struct BinaryHeap<Element: Comparable> {
  /// The children of i are 2i + 1 and 2i + 2, and none is lower than its parent.
  private var elements: [Element] = []

  init(_ elements: some Sequence<Element>) {
    for element in elements { insert(element) }
  }

  /// The element that is taken next.
  var lowest: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0, elements[child] < elements[(child - 1) / 2] {
      elements.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popLowest() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let lowest = elements.first else { return last }
    elements[0] = last
    var parent = 0
    while let child = [2 * parent + 1, 2 * parent + 2].filter({ $0 < elements.count }).min(by: {
      elements[$0] < elements[$1]
    }),
      elements[child] < elements[parent]
    {
      elements.swapAt(child, parent)
      parent = child
    }
    return lowest
  }
}
