/// A growing first-in first-out queue of noncopyable values, which `Array` does not support.
struct Ring<Element: ~Copyable>: ~Copyable {
    private var storage: UnsafeMutablePointer<Element>
    private var capacity: Int
    private var head = 0
    private(set) var count = 0

    init(capacity: Int = 16) {
        self.capacity = max(capacity, 1)
        storage = .allocate(capacity: self.capacity)
    }

    deinit {
        for offset in 0..<count { (storage + (head + offset) % capacity).deinitialize(count: 1) }
        storage.deallocate()
    }

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: consuming Element) {
        if count == capacity { grow() }
        (storage + (head + count) % capacity).initialize(to: element)
        count += 1
    }

    mutating func prepend(_ element: consuming Element) {
        if count == capacity { grow() }
        head = (head + capacity - 1) % capacity
        (storage + head).initialize(to: element)
        count += 1
    }

    mutating func removeFirst() -> Element {
        precondition(count > 0, "nothing to remove")
        let element = (storage + head).move()
        head = (head + 1) % capacity
        count -= 1
        return element
    }

    /// Removes every element that `matches`, in order; the others keep their order.
    mutating func remove(where matches: (borrowing Element) -> Bool, _ take: (consuming Element) -> Void) {
        for _ in 0..<count {
            let element = removeFirst()
            if matches(element) { take(element) } else { append(element) }
        }
    }

    func withFirst<Result>(_ body: (borrowing Element) -> Result) -> Result? {
        count == 0 ? nil : body(storage[head])
    }

    func forEach(_ body: (borrowing Element) -> Void) {
        for offset in 0..<count { body(storage[(head + offset) % capacity]) }
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        for offset in 0..<count { (larger + offset).initialize(to: (storage + (head + offset) % capacity).move()) }
        storage.deallocate()
        storage = larger
        capacity *= 2
        head = 0
    }
}
