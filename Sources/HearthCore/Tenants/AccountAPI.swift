import Hummingbird

/// The routes of every account: API keys, jobs and the audit.
package struct AccountAPI: PartnerFeature {
    let dependencies: Dependencies

    package init(dependencies: Dependencies) {
        self.dependencies = dependencies
    }

    package func addRoutes(to partners: PartnerRoutes) {
        let keys = KeyRoutes(dependencies: dependencies)
        let reading = partners.reading(.keys)
        let writing = partners.writing(.keys)
        reading.get("keys", use: keys.list)
        writing.post("keys", use: keys.create)
        writing.delete("keys/:id", use: keys.revoke)
        reading.get("audit", use: AuditRoutes(database: dependencies.database).list)

        // Each kind of job has its own scope, so the routes check it themselves.
        let jobs = JobRoutes(
            store: JobStore(database: dependencies.database), now: dependencies.now)
        partners.reading(nil).get("jobs", use: jobs.list)
        partners.reading(nil).get("jobs/:id", use: jobs.get)
        partners.writing(nil).delete("jobs/:id", use: jobs.cancel)
    }
}
